import { expect, test } from 'vitest';
import { endedProbe, launched, START } from '../../test/support/feed.ts';
import type { AgentEvent, SkippedWhy } from '../probe/event.ts';
import { createNews } from './news.ts';

const { system, route, kind } = endedProbe('inbound', 20);
const skipped = (why: SkippedWhy): AgentEvent => ({
  ...{ kind: 'skipped', at: START, system, route, routeKind: kind, why },
});

test('launches that are left out are news once, and again for another reason or after one that went out', () => {
  const feed = [
    skipped('under-way'),
    skipped('under-way'),
    skipped('own-mail'),
    launched('inbound'),
    skipped('own-mail'),
  ];
  const isNews = createNews();
  expect(feed.map((event) => isNews(event))).toEqual([true, false, true, true, true]);
});
