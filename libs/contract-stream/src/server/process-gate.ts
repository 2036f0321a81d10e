import { status, type Metadata } from '@grpc/grpc-js';
import { isAllowedPeer } from '../allowed-peers.ts';
import { before } from '../deadline.ts';
import type { Hello } from '../generated/eventing_kafka/push/v1/push.ts';
import { limits } from '../limits.ts';
import type { StreamSecurity } from '../security.ts';
import type { AuthenticateProcess, ProcessProof } from '../server-api.ts';
import { identityOf, type SpiffeIdentity } from '../spiffe-identity.ts';
import { fromWireKind } from '../wire.ts';
import type { DataPlaneScope } from '../data-plane-scope.ts';
import { Slots } from './slots.ts';

/** Who a process says it is. */
export interface ClaimedIdentity extends DataPlaneScope {
  readonly nodeId: string;
}

/** What a stream shows of its peer. */
export interface Credentials {
  /** DER; absent on a stream without TLS. */
  readonly certificate: Uint8Array | undefined;
  readonly metadata: Metadata;
}

/** Whether a process is taken in. */
export type GateVerdict =
  | { readonly kind: 'admitted'; readonly spiffeId: string | undefined }
  | {
      readonly kind: 'denied';
      /** `PERMISSION_DENIED`: it may not; `UNAVAILABLE`: nobody knows, it should try again. */
      readonly code: status.PERMISSION_DENIED | status.UNAVAILABLE;
      readonly reason: string;
      readonly message: string;
      readonly spiffeId?: string;
    };

/** Reads who a process says it is; absent when the hello is not one. */
export function claimedIdentity(hello: Hello | undefined): ClaimedIdentity | undefined {
  const kind = hello === undefined ? undefined : fromWireKind(hello.kind);
  if (hello === undefined || kind === undefined || hello.nodeId === '') return undefined;
  const { nodeId, namespace, resourceKinds } = hello;
  const areKinds =
    resourceKinds.length <= limits.resourceKinds &&
    resourceKinds.every((each) => each.length <= limits.resourceKindCharacters);
  return areKinds ? { nodeId, kind, namespace, resourceKinds } : undefined;
}

/**
 * Decides who is taken in (security.md 6.2): the account of the certificate must be allowed to be what the process says it is, and
 * its token, where one is asked for, must be of the very process.
 */
export class ProcessGate {
  readonly #security: StreamSecurity;
  readonly #authenticate: AuthenticateProcess | undefined;
  readonly #reviews = new Slots(limits.reviews.concurrent);

  constructor(security: StreamSecurity, authenticate: AuthenticateProcess | undefined) {
    this.#security = security;
    this.#authenticate = authenticate;
  }

  /** @param closed aborted when the stream is over */
  async admit(claim: ClaimedIdentity, credentials: Credentials, closed: AbortSignal): Promise<GateVerdict> {
    if (this.#security.kind === 'insecure') return { kind: 'admitted', spiffeId: undefined };
    const identity = identityOf(credentials.certificate);
    if (typeof identity === 'string') return denied('WrongIdentity', `The process is nobody known: ${identity}`);
    if (!isAllowedPeer(identity, this.#security.peers[claim.kind], claim.namespace)) {
      const dataPlane = claim.namespace === '' ? 'the shared data plane' : `the data plane of ${claim.namespace}`;
      const message = `${identity.id} may not be a ${claim.kind} of ${dataPlane}`;
      return denied('WrongIdentity', message, identity);
    }
    return this.#prove(claim, identity, tokenOf(credentials.metadata), closed);
  }

  async #prove(
    { nodeId, kind, namespace }: ClaimedIdentity,
    identity: SpiffeIdentity,
    token: string | undefined,
    closed: AbortSignal,
  ): Promise<GateVerdict> {
    const authenticate = this.#authenticate;
    const spiffeId = identity.id;
    if (authenticate === undefined) return { kind: 'admitted', spiffeId };
    if (token === undefined) return denied('NoToken', 'The process sent no token; set CONTRACT_TOKEN_FILE', identity);
    const { queueMs, timeoutMs } = limits.reviews;
    try {
      const proof = await this.#reviews.run(AbortSignal.any([closed, AbortSignal.timeout(queueMs)]), () => {
        const signal = AbortSignal.any([closed, AbortSignal.timeout(timeoutMs)]);
        return before(signal, authenticate({ nodeId, kind, namespace, spiffeId, token }, signal));
      });
      return verdictOf(proof, nodeId, identity);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `The token could not be reviewed (${why}); try again`;
      return { kind: 'denied', code: status.UNAVAILABLE, reason: 'ReviewFailed', message, spiffeId };
    }
  }
}

function verdictOf(proof: ProcessProof, nodeId: string, identity: SpiffeIdentity): GateVerdict {
  if (proof.kind === 'refused') return denied(proof.reason, proof.message, identity);
  if (proof.namespace !== identity.namespace || proof.account !== identity.account) {
    const message = `The token is of ${proof.namespace}/${proof.account}, the certificate of ${identity.id}`;
    return denied('WrongAccount', message, identity);
  }
  if (proof.nodeId !== nodeId) {
    return denied('WrongNodeId', `The token is of ${proof.nodeId}; the process calls itself ${nodeId}`, identity);
  }
  return { kind: 'admitted', spiffeId: identity.id };
}

function denied(reason: string, message: string, identity?: SpiffeIdentity): GateVerdict {
  const spiffeId = identity === undefined ? {} : { spiffeId: identity.id };
  return { kind: 'denied', code: status.PERMISSION_DENIED, reason, message, ...spiffeId };
}

function tokenOf(metadata: Metadata): string | undefined {
  const [value] = metadata.get('authorization');
  return /^Bearer (\S+)$/u.exec(String(value ?? ''))?.[1];
}
