import { createPeer, type Peer } from '@manyhands/peer/create-peer';
import type { Answer, AnswerEvent } from '@manyhands/peer/requester/answer';
import { resultOf } from './harness-result.ts';
import { installLinkShaper } from './swarm/link-shaper.ts';
import type { AskOptions, Moment, SwarmHarness, TimedAnswer } from './swarm/swarm-harness.ts';
import { createTimedEngines } from './swarm/timed-engine.ts';

const MEMORY_BYTES_MAX = 1024 ** 3;

const shaper = installLinkShaper();
const engines = createTimedEngines();
let joined: Peer | undefined;

function peer(): Peer {
  if (!joined) throw new Error('join first');
  return joined;
}

/** Wall clock of the machine with the resolution of the page's: comparable between processes. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

const harness: SwarmHarness = {
  join: () =>
    resultOf(async () => {
      const { createEngine } = engines;
      joined = await createPeer({ origin: location.origin, identity: 'memory', createEngine });
      return joined.peerId;
    }),
  volunteer: (modelRoot, range) =>
    resultOf(async () => {
      // A tab stands for a device of its own.
      const limits = { memoryBytesMax: MEMORY_BYTES_MAX, gpuShare: 1, threadsMax: 1 };
      await peer().volunteer.start({ modelRoot, range, ...limits });
      return null;
    }),
  volunteerState: () => peer().volunteer.state,
  stopVolunteering: () =>
    resultOf(async () => {
      await peer().volunteer.stop();
      return null;
    }),
  awaitVolunteers: (modelRoot, count) =>
    resultOf(async () => {
      await new Promise<void>((resolve) => {
        const stop = peer().watchNetwork(({ models }) => {
          const coverage = models.find((each) => each.modelRoot === modelRoot)?.coverage;
          if (coverage?.volunteers !== count) return;
          if (coverage.blocks.some((holders) => holders === 0)) return;
          // The first call may come before `watchNetwork` returned.
          queueMicrotask(() => stop());
          resolve();
        });
      });
      return null;
    }),
  ask: (request, options) =>
    resultOf(async () => {
      const startedAtMs = nowMs();
      return await readAnswer(peer().requester.answer(request), startedAtMs, options);
    }),
  shape: shaper.shape,
  takeDelays: shaper.takeDelays,
  takeTurnarounds: shaper.takeTurnarounds,
  takeTrips: shaper.takeTrips,
  takeSteps: engines.takeSteps,
  leave() {
    joined?.dispose();
    joined = undefined;
  },
};

async function readAnswer(
  events: AsyncIterable<AnswerEvent>,
  startedAtMs: number,
  { moments }: AskOptions = {},
): Promise<TimedAnswer> {
  const prefilledAtMs: number[] = [];
  const tokenAtMs: number[] = [];
  const repairAtMs: number[] = [];
  let answer: Answer | undefined;
  const tell = (moment: Moment): void => {
    // Nothing waits for Node: the answer goes on.
    if (moments !== undefined) window.reportMoment?.(moment);
  };
  for await (const event of events) {
    if (event.type === 'chain') {
      tell({ type: 'chain', peerIds: event.chain.map(({ peerId }) => peerId) });
    } else if (event.type === 'prefill') {
      const count = prefilledAtMs.push(nowMs());
      if (moments?.prefills.includes(count)) tell({ type: 'prefill', count });
    } else if (event.type === 'token') {
      const count = tokenAtMs.push(nowMs());
      if (moments?.tokens.includes(count)) tell({ type: 'token', count });
    } else if (event.type === 'repair') {
      tell({ type: 'repair', count: repairAtMs.push(nowMs()) });
    } else if (event.type === 'done') ({ answer } = event);
  }
  if (answer === undefined) throw new Error('The answer ended without its last event.');
  return { answer, startedAtMs, prefilledAtMs, tokenAtMs, repairAtMs };
}

window.swarmHarness = harness;
// As the site does: a closed tab says goodbye, a killed or frozen one cannot.
addEventListener('pagehide', () => harness.leave());
