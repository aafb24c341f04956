import {
  disturb,
  FAULT_TITLES,
  FAULTS,
  type Fault,
  type Phase,
} from '../../apps/cli/src/swarm/disturb.ts';
import { type Swarm, startSwarm } from '../../apps/cli/src/swarm/swarm.ts';
import { swarmRequest } from '../../apps/cli/src/swarm/swarm-request.ts';
import type { SwarmTab } from '../../apps/cli/src/swarm/swarm-tab.ts';
import { repositoryRoot } from '../fixtures/repository.ts';
import { THIRDS } from '../fixtures/requests.ts';
import { expect, test } from '../fixtures/test.ts';

/*
 * Whatever happens to a volunteer, the person reads the text that they would have read. Stages are
 * stand-ins that are as stateful as real ones (see `apps/cli/harness/swarm`); tabs, links and the relay
 * are real. Times are measured by `npm run bench -- swarm`, not here.
 */
const { CHROMIUM: chromium = '/usr/bin/chromium' } = process.env;
const PHASES: readonly Phase[] = ['prefill', 'decode'];
/** Every loss is of another stage than the one before. */
let place = 0;
let seed = 5_000;
let swarm: Swarm;
let requester: SwarmTab;
let quiet: SwarmTab;

test.beforeAll(async () => {
  const { signal } = new AbortController();
  swarm = await startSwarm({ repositoryRoot, signal, chromium });
  [requester, quiet] = await Promise.all([swarm.openTab(), swarm.openTab()]);
});

test.afterAll(() => swarm.dispose());

/** Two volunteers for each third, or three where two of them will be lost; all of them well. */
async function refill(fault: Fault): Promise<void> {
  const wanted = fault === 'replacement-dies' ? 3 : 2;
  const missing = THIRDS.flatMap((range) => {
    const holders = swarm.volunteers.filter((tab) => tab.range?.firstBlock === range.firstBlock);
    return Array.from({ length: Math.max(0, wanted - holders.length) }, () => range);
  });
  await Promise.all(missing.map((range) => swarm.addVolunteer(range)));
  const { length } = swarm.volunteers;
  await Promise.all([requester, quiet].map((tab) => tab.awaitVolunteers(length)));
  for (const tab of swarm.volunteers) await tab.findProcess();
}

for (const fault of FAULTS) {
  for (const phase of PHASES) {
    test(`the text is the same: ${FAULT_TITLES[fault]}, in ${phase}`, async () => {
      await refill(fault);
      seed += 1;
      place = (place + 1) % THIRDS.length;
      const prompt = { seed, promptTokens: 200, tokensMax: 32 };
      const request = swarmRequest(swarm.relay.model.modelRoot, prompt);
      // Another person's: pages that it leaves at the volunteers are of no use to the requester.
      const undisturbed = await quiet.ask(request);
      expect(undisturbed.answer.tokenIds).toHaveLength(32);
      const disturbed = await disturb({ swarm, requester, request, fault, phase, place });
      const { answer } = disturbed.timed;
      expect(answer.error).toBeUndefined();
      expect(answer.tokenIds).toEqual(undisturbed.answer.tokenIds);
      expect(answer.text).toBe(undisturbed.answer.text);
      expectFault(fault, answer.stats.repairs, disturbed.lost);
      for (const tab of disturbed.lost) await swarm.remove(tab);
      if (fault === 'relay-killed') await swarm.relay.restart();
    });
  }
}

/** A test in which nothing was lost would prove nothing. */
function expectFault(fault: Fault, repairs: number, lost: readonly SwarmTab[]): void {
  if (fault === 'relay-killed') {
    expect(lost).toEqual([]);
    return;
  }
  // Who wakes before anybody misses it was late, and nothing else.
  if (fault !== 'thawed') expect(repairs).toBeGreaterThan(0);
  if (fault === 'two-at-once' || fault === 'replacement-dies') expect(lost).toHaveLength(2);
}
