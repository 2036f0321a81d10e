import { createSecureContext } from 'node:tls';
import {
  checkTlsMaterial,
  inspectCertificate,
  type TlsMaterial,
  type TlsMaterialSource,
} from '@eventing-kafka/certificates';
import type { Logger } from '@eventing-kafka/logging';
import { ContractStreamError } from './errors.ts';

/**
 * What a source gives, as far as TLS can be spoken with it: new material that is bad is logged, and what was used before stays.
 * Watches the source until it is disposed.
 */
export class UsableMaterial implements Disposable {
  #current: TlsMaterial;
  readonly #logger: Logger;
  readonly #replaced: (material: TlsMaterial) => void;
  readonly #stopWatching: () => void;

  /**
   * @param replaced called with new material that can be used
   * @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY`: what the source gives now cannot be used
   */
  constructor(source: TlsMaterialSource, logger: Logger, replaced: (material: TlsMaterial) => void = () => undefined) {
    this.#current = source.current;
    checkUsable(this.#current);
    this.#logger = logger;
    this.#replaced = replaced;
    this.#stopWatching = source.watch(
      () => this.#take(source.current),
      (error) => logger.warn('certificates cannot be read anew; those in use stay', { error }),
    );
  }

  get current(): TlsMaterial {
    return this.#current;
  }

  #take(material: TlsMaterial): void {
    try {
      checkUsable(material);
    } catch (error) {
      this.#logger.warn('new certificates not used; those in use stay', { error });
      return;
    }
    this.#current = material;
    const { notAfter, fingerprint } = inspectCertificate(material.cert);
    this.#logger.info('certificates replaced; new connections use them', {
      notAfter: notAfter.toISOString(),
      fingerprint,
    });
    this.#replaced(material);
  }

  [Symbol.dispose](): void {
    this.#stopWatching();
  }
}

function checkUsable(material: TlsMaterial): void {
  try {
    checkTlsMaterial(material, new Date());
    createSecureContext({ ...material });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_SECURITY',
      `The certificates for mutual TLS cannot be used (${why}); give a CA, a certificate and its key in PEM`,
      { cause },
    );
  }
}
