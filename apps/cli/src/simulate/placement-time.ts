import { choosePlacement } from '@manyhands/planner/placement';
import { createSpeedGuess } from '@manyhands/planner/speed-guess';
import { createSupplyLedger, type SupplyLedger } from '@manyhands/relay/directory/supply-ledger';
import { createRandom } from '@manyhands/testkit/random';
import { createCatalogue } from './network/catalogue.ts';
import { drawDevice } from './network/device.ts';
import { createModelState, createVolunteer, plan, serve } from './network/swarm.ts';

/** Milliseconds of one newcomer's placement in the relay. */
export interface PlacementTimes {
  readonly peers: number;
  readonly placements: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const PLACEMENTS = 1_000;
const WATCHERS = 1_000;

/** Fills the relay's ledger with so many volunteers, each placed as it comes, and times the next ones. */
export function measurePlacement(peers: number, seed: number): PlacementTimes {
  const random = createRandom(seed);
  const speeds = createSpeedGuess();
  const models = createCatalogue('mixed').map((model) => createModelState(model, speeds));
  const byRoot = new Map(models.map((model) => [model.modelRoot, model]));
  const ledger = createSupplyLedger((modelRoot) => {
    const { blockCount = 0, weightBytes: blockBytes = 1 } = byRoot.get(modelRoot) ?? {};
    return { blockCount, blockBytes };
  });
  const times: number[] = [];
  for (let index = 0; index < peers + PLACEMENTS; index += 1) {
    const volunteer = createVolunteer(index, drawDevice(random), 0, 0);
    const { entry, device } = volunteer;
    const { peerId } = entry.identity;
    const startedMs = performance.now();
    const { proposal, msPerBlock = 1 } = choosePlacement({
      models: models.map((model) => ({
        ...model,
        supply: ledger.supplyOf(model.modelRoot, model.blockCount, peerId, index),
        demand: model.popularity * WATCHERS,
      })),
      memoryBytes: device.memoryBytes,
      ...speedFrom(ledger, device.memoryBytes),
      random: random.next,
    });
    if (proposal !== null) ledger.propose(peerId, proposal, { msPerBlock }, index);
    if (index >= peers) times.push(performance.now() - startedMs);
    const model = proposal && byRoot.get(proposal.modelRoot);
    if (!model) continue;
    const { firstBlock, endBlock, embeds, heads } = proposal;
    plan(volunteer, { model, firstBlock, endBlock, embeds, heads }, msPerBlock);
    serve(volunteer);
    ledger.settle(peerId);
    const after = { entry, signed: { payload: '', signature: '' }, renewedAtMs: index };
    ledger.take({ peerId, before: undefined, after, isHeartbeat: false });
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? 0;
  return { peers, placements: PLACEMENTS, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** As the relay does it for a tab that measured nothing. */
function speedFrom(ledger: SupplyLedger, memoryBytes: number) {
  const bytesPerMs = ledger.speedFor(memoryBytes);
  return bytesPerMs === undefined ? {} : { bytesPerMs };
}
