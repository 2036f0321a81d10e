import fc from 'fast-check';
import { Egress, Resource, type ContractState } from '../src/index.ts';

/** Few values each, so that two random contracts share most of their parts. */
const word = fc.constantFrom('a', 'b', 'c');
const attributes = fc.dictionary(word, word, { maxKeys: 2 });

const dialectedFilter = fc.oneof(
  attributes.map((value) => ({ filter: { $case: 'exact' as const, value: { attributes: value } } })),
  word.map((expression) => ({ filter: { $case: 'cesql' as const, value: { expression } } })),
);

const egress = fc
  .record({
    uid: fc.constantFrom('e1', 'e2', 'e3', 'e4'),
    consumerGroup: word,
    destination: word.map((host) => `http://${host}.example/`),
    dialectedFilter: fc.array(dialectedFilter, { maxLength: 2 }),
    egressConfig: fc.option(fc.record({ retry: fc.nat(2), timeout: fc.bigInt({ min: 0n, max: 2n }) }), {
      nil: undefined,
    }),
  })
  .map((fields) =>
    Egress.fromPartial({ ...fields, ...(fields.egressConfig === undefined ? { egressConfig: undefined } : {}) }),
  );

const resource = fc
  .record({
    uid: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5'),
    topics: fc.array(word, { minLength: 1, maxLength: 1 }),
    bootstrapServers: word.map((host) => `${host}:9092`),
    path: fc.option(word, { nil: undefined }),
    extensions: attributes,
    egresses: fc.uniqueArray(egress, { maxLength: 4, selector: ({ uid }) => uid }),
  })
  .map(({ path, extensions, ...fields }) =>
    Resource.fromPartial({
      ...fields,
      ...(path === undefined ? {} : { ingress: { path: `/ns/${path}` } }),
      cloudEventOverrides: { extensions },
    }),
  );

/** Any contract of up to five resources with up to four egresses. Not checked for problems. */
export const contractStates: fc.Arbitrary<ContractState> = fc
  .record({
    resources: fc.uniqueArray(resource, { maxLength: 5, selector: ({ uid }) => uid }),
    trustBundles: fc.array(word, { maxLength: 2 }),
  })
  .map(({ resources, trustBundles }) => ({
    resources: new Map(resources.map((each) => [each.uid, each])),
    trustBundles,
  }));

/** The same contract in other words: copies of all parts, in the opposite order. */
export function reordered({ resources, trustBundles }: ContractState): ContractState {
  const copies = [...resources.values()].reverse().map((each) => {
    const copy = Resource.decode(Resource.encode(each).finish());
    return [each.uid, { ...copy, egresses: copy.egresses.reverse() }] as const;
  });
  return { resources: new Map(copies), trustBundles: [...trustBundles] };
}
