import { ContractError } from '../errors.ts';
import { Contract } from '../generated/eventing_kafka/contract/v1/contract.ts';
import type { ContractProblem } from '../problems/problem.ts';
import { contractShape } from './contract-shape.ts';
import { fitValue } from './fit-value.ts';

/** A contract as it was written, and what of it could not be taken over. */
export interface ReadContract {
  /** Values that do not fit their field are absent in it. */
  readonly contract: Contract;
  /** Each value that does not fit its field, in the order of the text. Whether the contract can be served is for `contractProblems`. */
  readonly problems: readonly ContractProblem[];
}

/**
 * Reads a contract in the protobuf JSON form, as the Knative Kafka Broker's control plane writes it (receiver.md 11.1, dispatcher.md 3):
 * camel-case names (those of the `.proto` too), 64-bit numbers as text or number, enums by name or number, unknown members ignored, null as
 * absent. An enum value nobody knows becomes -1, which `contractProblems` names. One value that makes no sense costs only itself.
 *
 * @throws ContractError `CONTRACT_JSON_INVALID`: the text as a whole is no contract
 */
export function readContractJson(text: string): ReadContract {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError('CONTRACT_JSON_INVALID', `The contract is not JSON: ${why}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ContractError(
      'CONTRACT_JSON_INVALID',
      'The contract is no JSON object; expected {"generation": …, "resources": […]}',
    );
  }
  const fitting = fitValue(value, contractShape);
  return { contract: Contract.fromJSON(fitting.value), problems: fitting.problems };
}

/**
 * As {@link readContractJson}, for whoever wants all of a contract or nothing.
 *
 * @throws ContractError `CONTRACT_JSON_INVALID`; the message lists every value that does not fit its field
 */
export function parseContractJson(text: string): Contract {
  const { contract, problems } = readContractJson(text);
  if (problems.length === 0) return contract;
  const list = problems.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ContractError('CONTRACT_JSON_INVALID', `Values in the contract do not fit their fields: ${list}`);
}
