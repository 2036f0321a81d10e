import { isDeepStrictEqual } from 'node:util';
import type { KafkaSecurity } from '@eventing-kafka/kafka-client';
import type { RoutePlan } from './route-plan.ts';

/**
 * Turns the credentials that a resource refers to into what Kafka is told. Rejects when they are missing or make no sense; a `reason` in
 * CamelCase on the error becomes that of the refusal.
 */
export type ResolveSecurity = (auth: NonNullable<RoutePlan['auth']>) => Promise<KafkaSecurity>;

/** Credentials that are needed and cannot be had. */
export class RouteCredentialsError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * The credentials of resources, each resolved once for what it refers to: a reference has the version of its Secret, so it stands for the same
 * content always, and a resource that changes in another way does not depend on Kubernetes being there.
 */
export class RouteCredentials {
  readonly #resolve: ResolveSecurity | undefined;
  readonly #known = new Map<string, { readonly auth: RoutePlan['auth']; readonly security: KafkaSecurity }>();

  constructor(resolve: ResolveSecurity | undefined) {
    this.#resolve = resolve;
  }

  /** Undefined for a resource that refers to none. Rejects with {@link RouteCredentialsError}. */
  async securityOf({ resourceUid, auth }: RoutePlan): Promise<KafkaSecurity | undefined> {
    if (auth === undefined) {
      this.#known.delete(resourceUid);
      return undefined;
    }
    const known = this.#known.get(resourceUid);
    if (known !== undefined && isDeepStrictEqual(known.auth, auth)) return known.security;
    if (this.#resolve === undefined)
      throw new RouteCredentialsError('CredentialsUnsupported', 'This receiver cannot read Kafka credentials.');
    const security = await this.#resolve(auth).catch((cause: unknown) => {
      throw new RouteCredentialsError(
        reasonOf(cause),
        `The Kafka credentials cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    });
    this.#known.set(resourceUid, { auth, security });
    return security;
  }

  /** The resource is gone. */
  forget(resourceUid: string): void {
    this.#known.delete(resourceUid);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string'
    ? error.reason
    : 'CredentialsInvalid';
}
