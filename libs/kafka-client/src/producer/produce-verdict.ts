/**
 * What a broker's word on a batch means:
 *
 * - `delivered`: it is in the log, on all in-sync replicas;
 * - `again`: it may go in later, unchanged, so that it goes in once;
 * - `elsewhere`: as `again`, but the leader may be another by now;
 * - `split`: the broker judges batches, and refused this one for a record in it, or for all of them together;
 * - `renumber`: the broker does not know the sequence this batch continues, so it has not got the batch: it goes in under a new identity;
 * - `refused`: it will never go in, and is not in;
 * - `unclear`: it is not tried again, and may be in: a code that nobody foresaw, such as −1, tells nothing about where the broker failed.
 */
export type ProduceVerdict = 'delivered' | 'again' | 'elsewhere' | 'split' | 'renumber' | 'refused' | 'unclear';

const verdicts: ReadonlyMap<number, ProduceVerdict> = new Map<number, ProduceVerdict>([
  [0, 'delivered'],
  [46, 'delivered'], // duplicate sequence: an earlier try arrived
  [3, 'elsewhere'], // unknown topic or partition: metadata will tell whether it is gone
  [5, 'elsewhere'], // no leader
  [6, 'elsewhere'], // not the leader
  [8, 'elsewhere'], // broker not available
  [9, 'elsewhere'], // replica not available
  [13, 'elsewhere'], // network
  [56, 'elsewhere'], // storage
  [74, 'elsewhere'], // fenced leader epoch
  [75, 'elsewhere'], // unknown leader epoch
  [2, 'again'], // corrupt: the CRC did not match
  [7, 'again'], // not on all in-sync replicas in time
  [19, 'again'], // too few in-sync replicas
  [20, 'again'], // the same, after it was appended
  [89, 'again'], // quota
  [10, 'split'], // too large
  [18, 'split'], // too large
  [32, 'split'], // a timestamp out of bounds
  [87, 'split'], // an invalid record, such as one without a key in a compacted topic
  [45, 'renumber'], // out of order
  [47, 'renumber'], // producer epoch
  [49, 'renumber'], // producer id mapping
  [59, 'renumber'], // unknown producer
  [90, 'renumber'], // fenced
  // Said before anything is appended.
  [17, 'refused'], // invalid topic
  [21, 'refused'], // acknowledgements that the broker does not offer
  [29, 'refused'], // not allowed for the topic
  [31, 'refused'], // not allowed for the cluster
  [35, 'refused'], // version of the request
  [43, 'refused'], // message format
  [76, 'refused'], // compression
]);

/** Judges Kafka's error code for a batch of so many records. */
export function produceVerdict(errorCode: number, records: number): ProduceVerdict {
  const verdict = verdicts.get(errorCode) ?? 'unclear';
  return verdict === 'split' && records === 1 ? 'refused' : verdict;
}
