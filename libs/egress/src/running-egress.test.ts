import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EgressPipeline } from './egress-pipeline.ts';
import type { Feeds } from './feeds.ts';
import { RunningEgress } from './running-egress.ts';
import type { TopicFeed } from './topic-feed.ts';

test('an egress that is tried again while it starts uses each feed once', async () => {
  const opening = Promise.withResolvers<TopicFeed>();
  let users = 0;
  const feeds = {
    use: () => {
      users += 1;
      return opening.promise;
    },
    release: () => (users -= 1),
  };
  const feed = { attach: () => Promise.resolve(), retry: () => Promise.resolve(), detach: () => Promise.resolve() };
  const pipeline = { plan: { topics: ['t'], replyTopic: 't' }, problems: new Map(), close: () => undefined };
  const egress = new RunningEgress(pipeline as unknown as EgressPipeline, feeds as unknown as Feeds);
  const started = egress.start(undefined);
  const retried = egress.retry();
  opening.resolve(feed as unknown as TopicFeed);
  await Promise.all([started, retried]);
  await egress.retry();
  assert.equal(users, 1);
  await egress.stop(0);
  assert.equal(users, 0);
});
