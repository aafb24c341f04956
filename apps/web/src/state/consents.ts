import { type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import { CONSENT_SITES_MAX } from './limits.ts';
import { readStored, writeStored } from './stored.ts';

const Consent = v.strictObject({
  /** The page around the frame, and the one around that where it is another's. */
  site: v.pipe(v.string(), v.minLength(1), v.maxLength(600)),
  atMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
const StoredConsents = v.pipe(v.array(Consent), v.maxLength(CONSENT_SITES_MAX));
export type Consent = v.InferOutput<typeof Consent>;

const KEY = 'manyhands.embed-consents';

/** Sites on which this browser may contribute in a frame without being asked again. */
export interface Consents {
  readonly list: ReadonlySignal<readonly Consent[]>;
  has(site: string): boolean;
  remember(site: string): void;
  revoke(site: string): void;
  /** Another page may have changed it. */
  refresh(): void;
}

export function createConsents(
  storage: Storage | undefined,
  nowMs: () => number = Date.now,
): Consents {
  const read = (): readonly Consent[] => readStored(storage, KEY, StoredConsents) ?? [];
  const list = signal(read());
  const change = (edit: (before: readonly Consent[]) => readonly Consent[]): void => {
    list.value = edit(storage === undefined ? list.value : read());
    const isKept = writeStored(storage, KEY, list.value.length === 0 ? undefined : list.value);
    // No room: it counts for this visit, as where nothing is remembered, and nobody takes it back later.
    if (storage !== undefined && !isKept) list.value = read();
  };
  const without = (site: string) => (before: readonly Consent[]) =>
    before.filter((one) => one.site !== site);
  return {
    list,
    has: (site) => list.value.some((one) => one.site === site),
    remember: (site) =>
      change((before) =>
        [{ site, atMs: nowMs() }, ...without(site)(before)].slice(0, CONSENT_SITES_MAX),
      ),
    revoke: (site) => change(without(site)),
    refresh: () => {
      if (storage !== undefined) list.value = read();
    },
  };
}
