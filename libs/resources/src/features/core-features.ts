import { FlagReader } from './feature-flags.ts';
import type { ReadFeatures } from './feature-flags.ts';

/** Whether addresses take http, both, or https alone. */
export type TransportEncryption = 'disabled' | 'permissive' | 'strict';

/** Who may send where no EventPolicy applies. */
export type DefaultAuthorizationMode = 'Allow-All' | 'Deny-All' | 'Allow-Same-Namespace';

/** The flags of `config-features` that are used here (control-plane 18.2). */
export interface CoreFeatures {
  readonly transportEncryption: TransportEncryption;
  /** Whether senders have to say who they are, and dispatchers do. */
  readonly authenticationOidc: boolean;
  readonly defaultAuthorizationMode: DefaultAuthorizationMode;
  readonly eventTypeAutoCreate: boolean;
}

/** Reads `config-features`. An unknown value of a flag that protects something counts as the strictest. */
export function parseCoreFeatures(data: Readonly<Record<string, string>>): ReadFeatures<CoreFeatures> {
  const flags = new FlagReader('config-features', data);
  const value: CoreFeatures = {
    transportEncryption: flags.choice(['transport-encryption'], ['disabled', 'permissive', 'strict'], {
      absent: 'disabled',
      unknown: 'strict',
    }),
    authenticationOidc:
      flags.choice(['authentication-oidc'], ['enabled', 'disabled'], { absent: 'disabled', unknown: 'enabled' }) ===
      'enabled',
    defaultAuthorizationMode: flags.choice(
      ['default-authorization-mode'],
      ['Allow-All', 'Deny-All', 'Allow-Same-Namespace'],
      { absent: 'Allow-Same-Namespace', unknown: 'Deny-All' },
    ),
    eventTypeAutoCreate: flags.isEnabled('eventtype-auto-create'),
  };
  return { value, problems: flags.problems };
}
