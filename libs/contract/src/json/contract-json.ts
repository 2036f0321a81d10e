import { ContractError } from './errors.ts';
import { Contract } from './generated/eventing_kafka/contract/v1/contract.ts';

/**
 * Reads a contract in the protobuf JSON form, as the Knative Kafka Broker's control plane writes it (receiver.md 11.1): camel-case
 * names, 64-bit numbers as text or number, enums by name or number, unknown members ignored. An enum value nobody knows becomes
 * -1, which `contractProblems` names.
 *
 * @throws ContractError `CONTRACT_JSON_INVALID`
 */
export function parseContractJson(text: string): Contract {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ContractError('CONTRACT_JSON_INVALID', `The contract is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ContractError(
      'CONTRACT_JSON_INVALID',
      'The contract is no JSON object; expected {"generation": …, "resources": […]}',
    );
  }
  try {
    return Contract.fromJSON(value);
  } catch (cause) {
    throw new ContractError(
      'CONTRACT_JSON_INVALID',
      `A value in the contract does not fit its field: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
