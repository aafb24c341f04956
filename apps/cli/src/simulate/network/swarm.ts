import type { HeldRange } from '@manyhands/planner/coverage';
import { blockBytesOf } from '@manyhands/planner/placement';
import type { SpeedGuess } from '@manyhands/planner/speed-guess';
import { createModelSupply, type Holder, type ModelSupply } from '@manyhands/planner/supply';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { SESSIONS_MAX } from '@manyhands/protocol/limits';
import type { SimulatedModel } from './catalogue.ts';
import type { Device } from './device.ts';

/** What a volunteer holds, or is loading. */
export interface Placed extends HeldRange {
  readonly model: ModelState;
}

export interface Volunteer {
  readonly device: Device;
  readonly leavesAtMs: number;
  readonly entry: DirectoryEntry;
  /** Joined so many milliseconds after the start. */
  readonly joinedAtMs: number;
  placed: Placed | undefined;
  /** What counts for it in its model's supplies. */
  holder: Holder | undefined;
  readyAtMs: number;
}

/** A model with who holds it. */
export interface ModelState extends SimulatedModel {
  /** With what is proposed and loading: what a planner sees. */
  readonly planned: ModelSupply;
  /** What can serve now. */
  readonly serving: ModelSupply;
  readonly holders: Volunteer[];
  /** Of all models: how fast who serves is. */
  readonly speeds: SpeedGuess;
  /** Users that have it chosen: they wait for an answer, read one, or found no chain. */
  watchers: number;
  /** The smallest sample of holders that covered the model lately, as an index, and how many asked. */
  readonly sampleHint: { smallest: number; asks: number };
}

export function createModelState(model: SimulatedModel, speeds: SpeedGuess): ModelState {
  return {
    ...model,
    speeds,
    planned: createModelSupply(model.blockCount),
    serving: createModelSupply(model.blockCount),
    holders: [],
    watchers: 0,
    sampleHint: { smallest: 0, asks: 0 },
  };
}

export function createVolunteer(
  index: number,
  device: Device,
  joinedAtMs: number,
  leavesAtMs: number,
): Volunteer {
  const entry: DirectoryEntry = {
    identity: {
      peerId: `${String(index).padStart(22, '0')}.${'t'.repeat(11)}`,
      alg: 'Ed25519',
      publicKey: '',
      agreement: { alg: 'X25519', publicKey: '', signature: '' },
    },
    sequence: 1,
    announcedAtMs: 0,
    holdings: [],
    memoryBytes: device.memoryBytes,
    numericClass: device.numericClass,
    deviceKind: 'unknown',
    state: 'serving',
    sessions: 0,
    sessionsMax: SESSIONS_MAX,
  };
  const rest = { placed: undefined, holder: undefined, readyAtMs: Number.POSITIVE_INFINITY };
  return { device, joinedAtMs, leavesAtMs, entry, ...rest };
}

export function msPerBlock({ bytesPerMs, blockOverheadMs }: Device, model: SimulatedModel): number {
  return model.weightBytes / bytesPerMs + blockOverheadMs;
}

/** It was asked to hold this: its speed is a guess until it has loaded, its class may be unknown. */
export function plan(
  volunteer: Volunteer,
  placed: Placed,
  assumedMs: number,
  numericClass?: string,
): void {
  const { firstBlock, endBlock, embeds, heads } = placed;
  const range = { firstBlock, endBlock, embeds, heads };
  volunteer.placed = placed;
  volunteer.holder = { ...range, msPerBlock: assumedMs, numericClass };
  placed.model.planned.add(volunteer.holder);
}

/** It has loaded: it announces what it measured, and serves. */
export function serve(volunteer: Volunteer): void {
  const { placed, holder, device, entry } = volunteer;
  if (placed === undefined || holder === undefined) return;
  const { model } = placed;
  model.planned.remove(holder);
  const ms = msPerBlock(device, model);
  volunteer.holder = { ...holder, msPerBlock: ms, numericClass: device.numericClass };
  model.planned.add(volunteer.holder);
  model.serving.add(volunteer.holder);
  model.speeds.count(device.memoryBytes, blockBytesOf(model) / ms, 1);
  model.holders.push(volunteer);
  const { firstBlock, endBlock, embeds, heads } = placed;
  const range = { firstBlock, endBlock, embeds, heads };
  const { modelRoot } = model;
  const holding = { kind: 'blocks' as const, modelRoot, ...range, msPerBlock: ms };
  entry.holdings = [{ ...holding, positionsMax: 8_192 }];
}

/** It stops, moves or leaves. */
export function stopServing(volunteer: Volunteer): void {
  const { placed, holder, entry, device } = volunteer;
  if (placed === undefined || holder === undefined) return;
  placed.model.planned.remove(holder);
  if (entry.holdings.length > 0) {
    placed.model.serving.remove(holder);
    const bytesPerMs = blockBytesOf(placed.model) / holder.msPerBlock;
    placed.model.speeds.count(device.memoryBytes, bytesPerMs, -1);
    const { holders } = placed.model;
    const index = holders.indexOf(volunteer);
    const last = holders.pop() as Volunteer;
    if (last !== volunteer) holders[index] = last;
  }
  entry.holdings = [];
  volunteer.placed = undefined;
  volunteer.holder = undefined;
}
