import { openKeyDatabase } from '@manyhands/swarm/key-database';
import { expect, it } from 'vitest';
import { createContributionHistory } from './contribution-history.ts';

it('adds up in IndexedDB, however tabs race', async () => {
  const name = `history-${crypto.randomUUID()}`;
  const tabs = Array.from({ length: 4 }, () => createContributionHistory(openKeyDatabase(name)));
  await Promise.all(
    tabs.flatMap((tab) =>
      Array.from({ length: 10 }, async () => {
        tab.add({ tokens: 1, answers: 1 });
        await tab.save();
      }),
    ),
  );
  const reader = createContributionHistory(openKeyDatabase(name));
  await reader.refresh();
  expect(reader.days.value).toMatchObject([{ tokens: 40, answers: 40 }]);
  indexedDB.deleteDatabase(name);
});
