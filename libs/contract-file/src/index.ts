/** The public names of `@eventing-kafka/contract-file`, listed one by one. */
export { contractFileSettings, contractSourceProblem } from './settings.ts';
export { ContractFileError, isContractFileError } from './errors.ts';
export { watchContractFile, type ContractFile, type WatchContractFileOptions } from './contract-file.ts';
