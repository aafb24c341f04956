import type { Coverage, SignedEntry } from '@manyhands/protocol/directory';
import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import type { FromRelay } from '@manyhands/protocol/relay-message';
import {
  DELTA_DELAY_MS,
  ENTRIES_BYTES_MAX,
  WHOLE_STATES_BURST,
  WHOLE_STATES_PER_SECOND,
} from '../limits.ts';
import { createTokenBucket, type TokenBucket } from '../sockets/token-bucket.ts';
import { chooseSample } from './choose-sample.ts';
import { type Directory, type DirectoryChange, modelsOf } from './directory.ts';

/** Who is told. */
export interface Subscriber {
  /** Takes no more for the moment: what it misses is sent whole later. */
  readonly isSlow: boolean;
  send(message: FromRelay): void;
}

/** Keeps every watcher's bounded view of a model in step with the directory. */
export interface Watches {
  /**
   * Sends the whole state and changes from now on; asking again sends the whole again. Who asks faster than
   * whole states may go out gets the last one later.
   */
  watch(subscriber: Subscriber, modelRoot: ModelRoot, candidatesMax: number): void;
  unwatch(subscriber: Subscriber, modelRoot: ModelRoot): void;
  countOf(subscriber: Subscriber): number;
  isWatching(subscriber: Subscriber, modelRoot: ModelRoot): boolean;
  /** Tabs that watch a model: whoever has it chosen. */
  watchersOf(modelRoot: ModelRoot): number;
  drop(subscriber: Subscriber): void;
  take(change: DirectoryChange): void;
  /** Sends what is due: changes older than the delay, and whole states to readers that recovered. */
  tick(): void;
  dispose(): void;
}

interface Watch {
  readonly candidatesMax: number;
  /** What the watcher knows, as far as the relay told it. */
  shown: Set<PeerId>;
  isStale: boolean;
}

export function createWatches(options: {
  readonly directory: Directory;
  coverageOf(modelRoot: ModelRoot): Coverage;
  random(): number;
  now(): number;
}): Watches {
  const { directory, coverageOf, random, now } = options;
  const byModel = new Map<ModelRoot, Map<Subscriber, Watch>>();
  const bySubscriber = new Map<Subscriber, Set<ModelRoot>>();
  /** A request of a hundred bytes is answered with a hundred thousand. */
  const wholeStates = new WeakMap<Subscriber, TokenBucket>();
  const changed = new Map<ModelRoot, Set<PeerId>>();
  let timer: NodeJS.Timeout | undefined;
  /** Runs for the delay after a departure was told. */
  let resting: NodeJS.Timeout | undefined;

  const sampleFor = (modelRoot: ModelRoot, watch: Watch) =>
    chooseSample({
      holders: directory.holdersOf(modelRoot),
      modelRoot,
      countMax: watch.candidatesMax,
      keep: watch.shown,
      random,
    });
  const entriesOf = (modelRoot: ModelRoot, peerIds: Iterable<PeerId>) => {
    const holders = directory.holdersOf(modelRoot);
    return [...peerIds].flatMap((peerId) => holders.get(peerId)?.signed ?? []);
  };

  const maySendWhole = (subscriber: Subscriber): boolean => {
    if (subscriber.isSlow) return false;
    let bucket = wholeStates.get(subscriber);
    if (bucket === undefined) {
      bucket = createTokenBucket({ perSecond: WHOLE_STATES_PER_SECOND, burst: WHOLE_STATES_BURST });
      wholeStates.set(subscriber, bucket);
    }
    return bucket.take(now());
  };

  /** Where that may not be now, `tick` does it. */
  const sendWhole = (subscriber: Subscriber, modelRoot: ModelRoot, watch: Watch) => {
    watch.isStale = !maySendWhole(subscriber);
    if (watch.isStale) return;
    watch.shown = sampleFor(modelRoot, watch);
    const coverage = coverageOf(modelRoot);
    const parts = inParts(entriesOf(modelRoot, watch.shown));
    for (const [index, entries] of parts.entries()) {
      const isPartial = index < parts.length - 1;
      subscriber.send({ type: 'directory', modelRoot, coverage, entries, isPartial });
    }
  };

  const sendDelta = (
    subscriber: Subscriber,
    modelRoot: ModelRoot,
    watch: Watch,
    delta: { peerIds: ReadonlySet<PeerId>; coverage: Coverage },
  ) => {
    const before = watch.shown;
    watch.shown = sampleFor(modelRoot, watch);
    const removed = [...before].filter((peerId) => !watch.shown.has(peerId));
    const news = [...watch.shown].filter((id) => delta.peerIds.has(id) || !before.has(id));
    const { coverage } = delta;
    for (const [index, entries] of inParts(entriesOf(modelRoot, news)).entries()) {
      subscriber.send({
        type: 'directory-delta',
        modelRoot,
        coverage,
        changed: entries,
        removed: index === 0 ? removed : [],
      });
    }
  };

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const [modelRoot, peerIds] of changed) {
      const coverage = coverageOf(modelRoot);
      for (const [subscriber, watch] of byModel.get(modelRoot) ?? []) {
        if (subscriber.isSlow) watch.isStale = true;
        else if (watch.isStale) sendWhole(subscriber, modelRoot, watch);
        else sendDelta(subscriber, modelRoot, watch, { peerIds, coverage });
      }
    }
    changed.clear();
  };

  const unwatch = (subscriber: Subscriber, modelRoot: ModelRoot) => {
    const watchers = byModel.get(modelRoot);
    watchers?.delete(subscriber);
    if (watchers?.size === 0) byModel.delete(modelRoot);
    const models = bySubscriber.get(subscriber);
    models?.delete(modelRoot);
    if (models?.size === 0) bySubscriber.delete(subscriber);
  };

  return {
    watch(subscriber, modelRoot, candidatesMax) {
      const watchers = byModel.get(modelRoot) ?? new Map<Subscriber, Watch>();
      const watch = { candidatesMax, shown: new Set<PeerId>(), isStale: true };
      byModel.set(modelRoot, watchers.set(subscriber, watch));
      const models = bySubscriber.get(subscriber) ?? new Set<ModelRoot>();
      bySubscriber.set(subscriber, models.add(modelRoot));
      // A slow reader that keeps asking gets it when it has read what it asked for before.
      sendWhole(subscriber, modelRoot, watch);
    },
    unwatch,
    countOf: (subscriber) => bySubscriber.get(subscriber)?.size ?? 0,
    watchersOf: (modelRoot) => byModel.get(modelRoot)?.size ?? 0,
    isWatching: (subscriber, modelRoot) => bySubscriber.get(subscriber)?.has(modelRoot) ?? false,
    drop(subscriber) {
      for (const modelRoot of [...(bySubscriber.get(subscriber) ?? [])]) {
        unwatch(subscriber, modelRoot);
      }
    },
    take({ peerId, before, after, isHeartbeat }) {
      if (isHeartbeat) return;
      for (const modelRoot of new Set([...modelsOf(before), ...modelsOf(after)])) {
        changed.set(modelRoot, (changed.get(modelRoot) ?? new Set()).add(peerId));
      }
      if (changed.size === 0) return;
      // Requesters rebuild a chain at once when a volunteer is gone. The next ones wait for each other: each
      // costs all watchers, and hundreds leave in one moment, or one again and again.
      if (after !== undefined || resting !== undefined) {
        timer ??= setTimeout(flush, DELTA_DELAY_MS);
        return;
      }
      resting = setTimeout(() => {
        resting = undefined;
      }, DELTA_DELAY_MS);
      flush();
    },
    tick() {
      if (changed.size > 0) flush();
      for (const [modelRoot, watchers] of byModel) {
        for (const [subscriber, watch] of watchers) {
          if (watch.isStale) sendWhole(subscriber, modelRoot, watch);
        }
      }
    },
    dispose() {
      clearTimeout(timer);
      clearTimeout(resting);
    },
  };
}

/** Entries in groups that fit a message each; one empty group where there are none. */
function inParts(entries: readonly SignedEntry[]): SignedEntry[][] {
  const parts: SignedEntry[][] = [[]];
  let bytes = 0;
  for (const entry of entries) {
    const entryBytes = JSON.stringify(entry).length + 1;
    if (bytes + entryBytes > ENTRIES_BYTES_MAX && bytes > 0) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(entry);
    bytes += entryBytes;
  }
  return parts;
}
