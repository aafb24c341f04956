import { createPeer, type Peer } from '@manyhands/peer/create-peer';
import { openHarnessCircle } from './harness-circle.ts';
import { resultOf } from './harness-result.ts';
import { createRecitingEngine } from './reciting-engine.ts';
import type { TabHarness } from './tab-harness.ts';

let joined: Peer | undefined;
let answering: AbortController | undefined;

function peer(): Peer {
  if (!joined) throw new Error('join first');
  return joined;
}

const harness: TabHarness = {
  join: (identity = 'memory', options = {}) =>
    resultOf(async () => {
      const { circle, recites, ...how } = options;
      const { origin } = location;
      const among = circle && { circle: await openHarnessCircle(circle) };
      const engine = recites && { createEngine: () => createRecitingEngine(recites) };
      joined = await createPeer({ origin, identity, ...how, ...among, ...engine });
      return joined.peerId;
    }),
  volunteer: (options) =>
    resultOf(async () => {
      const { volunteer } = peer();
      const unsubscribe = volunteer.subscribe(({ progress }) => {
        if (progress) window.reportVolunteerProgress?.(progress);
      });
      try {
        await volunteer.start(options);
      } finally {
        unsubscribe();
      }
      return null;
    }),
  volunteerState: () => peer().volunteer.state,
  stopVolunteering: () =>
    resultOf(async () => {
      // Tests lose answers on purpose: as pressed twice.
      await peer().volunteer.stop('at-once');
      return null;
    }),
  awaitVolunteers: (modelRoot, count) =>
    resultOf(async () => {
      await new Promise<void>((resolve) => {
        const stop = peer().watchNetwork(({ models }) => {
          const coverage = models.find((each) => each.modelRoot === modelRoot)?.coverage;
          if (!coverage || coverage.volunteers < count) return;
          if (coverage.blocks.some((holders) => holders === 0)) return;
          // The first call may come before `watchNetwork` returned.
          queueMicrotask(() => stop());
          resolve();
        });
      });
      return null;
    }),
  answer: (request) =>
    resultOf(async () => {
      answering = new AbortController();
      for await (const event of peer().requester.answer(request, answering.signal)) {
        await window.reportAnswerEvent?.(event);
      }
      return null;
    }),
  embed: (texts, options) =>
    resultOf(async () => {
      const startedMs = performance.now();
      const { vectors, ...rest } = await peer().embedder.embed(texts, options);
      const elapsedMs = performance.now() - startedMs;
      return { ...rest, vectors: vectors.map((vector) => [...vector]), elapsedMs };
    }),
  report: (report) => resultOf(() => peer().report(report)),
  abortAnswer: () => answering?.abort(),
  leave: async () => {
    await joined?.volunteer.stop('at-once');
    joined?.dispose();
    joined = undefined;
  },
};

window.tabHarness = harness;
