/** The public names of `@eventing-kafka/destination-guard`, listed one by one. */
export { isAddressRange } from './cidr.ts';
export { DestinationGuard, DestinationRuleError } from './destination-guard.ts';
export type { DestinationRules } from './destination-guard.ts';
