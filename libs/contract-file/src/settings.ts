import { defineSettings } from '@eventing-kafka/config';

/** The setting of a process that may take its contract from a file. */
export const contractFileSettings = defineSettings({
  contractFile: {
    kind: 'text',
    env: 'CONTRACT_FILE',
    flag: 'contract',
    optional: true,
    description: 'JSON file that says what to serve, in place of a controller; read again when it changes',
  },
});

/** The rule that a process has one source of its contract: a sentence when both are set. */
export function contractSourceProblem({
  contractFile,
  contractAddress,
}: {
  readonly contractFile: string | undefined;
  readonly contractAddress: string | undefined;
}): string | undefined {
  if (contractFile === undefined || contractAddress === undefined) return undefined;
  return 'CONTRACT_FILE and CONTRACT_ADDRESS both say what to serve; set the file or the address of a controller';
}
