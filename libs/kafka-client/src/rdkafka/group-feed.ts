import type { Logger } from '@eventing-kafka/logging';
import type { FeedOptions } from '../interfaces.ts';
import type { ClientProperties } from '../properties.ts';
import { nativeCodes } from './error-codes.ts';
import { MemberFeed } from './member-feed.ts';

/** Joins a consumer group, which from then on gives and takes partitions. */
export async function startGroupFeed(
  options: FeedOptions,
  properties: ClientProperties,
  logger: Logger,
): Promise<MemberFeed> {
  // The binding does not say whether partitions are taken because the session is over; what it logged before does.
  let sessionLost = false;
  const feed = new MemberFeed(options, logger, {
    rebalanced: (code, partitions) => {
      if (code === nativeCodes.partitionsAssigned) {
        sessionLost = false;
        void feed.given(partitions);
      } else if (sessionLost) {
        void feed.lost(partitions);
      } else {
        void feed.taken(partitions);
      }
    },
    sessionLost: () => {
      sessionLost = true;
    },
  });
  await feed.start(properties, true);
  return feed;
}
