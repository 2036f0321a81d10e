import { defineSettings, type SettingsOf } from '@eventing-kafka/config';
import { isAddressRange, type DestinationRules } from '@eventing-kafka/egress';

/** Where events may be sent to. */
export const destinationSettings = defineSettings({
  allowLoopbackDestinations: {
    kind: 'boolean',
    env: 'ALLOW_LOOPBACK_DESTINATIONS',
    flag: 'allow-loopback-destinations',
    optional: true,
    description: 'deliver to this machine itself; when not set: true outside of Kubernetes, false in a Pod',
  },
  allowedDestinationCidrs: {
    kind: 'list',
    env: 'ALLOWED_DESTINATION_CIDRS',
    flag: 'allowed-destination-cidrs',
    default: [],
    description: 'address ranges that events are delivered to although they are denied otherwise',
  },
  deniedDestinationCidrs: {
    kind: 'list',
    env: 'DENIED_DESTINATION_CIDRS',
    flag: 'denied-destination-cidrs',
    default: [],
    description: 'address ranges that events are not delivered to, beside link-local, multicast and metadata addresses',
  },
  allowedDestinationHosts: {
    kind: 'list',
    env: 'ALLOWED_DESTINATION_HOSTS',
    flag: 'allowed-destination-hosts',
    default: [],
    description: 'hosts, with all below them, that events are delivered to wherever they lead',
  },
  deniedDestinationHosts: {
    kind: 'list',
    env: 'DENIED_DESTINATION_HOSTS',
    flag: 'denied-destination-hosts',
    default: [],
    description: 'hosts, with all below them, that events are not delivered to',
  },
});

type DestinationSettings = SettingsOf<typeof destinationSettings>;

/** What the settings mean; in a Pod neither its own machine nor the API server is a destination. */
export function destinationRules(
  settings: DestinationSettings & { readonly kubernetesHost?: string | undefined },
): DestinationRules {
  const apiServer = settings.kubernetesHost;
  return {
    allowLoopback: settings.allowLoopbackDestinations ?? apiServer === undefined,
    allowedCidrs: settings.allowedDestinationCidrs,
    deniedCidrs: [
      ...settings.deniedDestinationCidrs,
      ...(apiServer !== undefined && isAddressRange(apiServer) ? [apiServer] : []),
    ],
    allowedHosts: settings.allowedDestinationHosts,
    deniedHosts: settings.deniedDestinationHosts,
  };
}

/** The rule that ranges can be read. */
export function destinationProblem(settings: DestinationSettings): string | undefined {
  const ranges = { ALLOWED: settings.allowedDestinationCidrs, DENIED: settings.deniedDestinationCidrs };
  for (const [name, texts] of Object.entries(ranges)) {
    const wrong = texts.find((text) => !isAddressRange(text));
    if (wrong !== undefined)
      return `${name}_DESTINATION_CIDRS has "${wrong}", which is no range of addresses; write one such as 10.0.0.0/8`;
  }
  return undefined;
}
