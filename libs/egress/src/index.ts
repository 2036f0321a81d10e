/** The public names of `@eventing-kafka/egress`, listed one by one. */
export { defaultEgressLimits, type EgressLimits } from './egress-limits.ts';
export { startEgresses, type Egresses, type EgressesOptions } from './egresses.ts';
export type { ResolveSecurity } from './resource-clusters.ts';
export { isAddressRange, type DestinationRules } from '@eventing-kafka/destination-guard';
