import {
  Protocol,
  SecretField,
  type MultiSecretReference,
  type Reference,
  type Resource,
} from '../generated/eventing_kafka/contract/v1/contract.ts';
import { problem, type Problems } from './problem.ts';
import { enumProblems, missingProblems } from './value-problems.ts';

/** Everything wrong with how a resource says to authenticate to Kafka. */
export function* authProblems({ auth }: Resource, path: string): Problems {
  switch (auth?.$case) {
    case undefined:
    case 'absentAuth':
      return;
    case 'authSecret':
      yield* secretProblems(auth.value, `${path}.authSecret`);
      return;
    case 'multiAuthSecret':
      yield* multiSecretProblems(auth.value, `${path}.multiAuthSecret`);
      return;
    default:
      auth satisfies never;
  }
}

function* multiSecretProblems(secrets: MultiSecretReference, path: string): Problems {
  yield* enumProblems(secrets.protocol, Protocol, `${path}.protocol`);
  for (const [index, secret] of secrets.references.entries()) {
    const secretPath = `${path}.references[${index}]`;
    if (secret.reference === undefined) yield problem(`${secretPath}.reference`, 'is absent; expected the Secret');
    else yield* secretProblems(secret.reference, `${secretPath}.reference`);
    for (const [keyIndex, key] of secret.keyFieldReferences.entries()) {
      yield* missingProblems(
        key.secretKey,
        `${secretPath}.keyFieldReferences[${keyIndex}].secretKey`,
        'a key of the Secret',
      );
      yield* enumProblems(key.field, SecretField, `${secretPath}.keyFieldReferences[${keyIndex}].field`);
    }
  }
}

function* secretProblems(secret: Reference, path: string): Problems {
  yield* missingProblems(secret.name, `${path}.name`, 'the name of the Secret');
  yield* missingProblems(secret.namespace, `${path}.namespace`, 'the namespace of the Secret');
}
