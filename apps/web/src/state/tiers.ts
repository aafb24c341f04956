import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import type { Circles } from './circles.ts';
import { CLOCK_CHECK_INTERVAL_MS } from './limits.ts';
import { readStored, writeStored } from './stored.ts';

export const TIERS = ['local', 'circle', 'public'] as const;
/** Who computes: this tab alone, the members of a circle, or whoever contributes. */
export type Tier = (typeof TIERS)[number];

/** What this tab may connect to now. */
export type Scope =
  | { readonly tier: 'local' | 'public' }
  | { readonly tier: 'circle'; readonly circle: StoredCircle };

/** The person's choice, kept between visits. It never falls back to a wider one by itself. */
export interface Tiers {
  readonly tier: ReadonlySignal<Tier>;
  /** The chosen circle, expired or not. */
  readonly circle: ReadonlySignal<StoredCircle | undefined>;
  readonly isExpired: ReadonlySignal<boolean>;
  /** Undefined: nothing, because no circle is chosen, it has expired, or it is not known yet. */
  readonly scope: ReadonlySignal<Scope | undefined>;
  /** Which conversations belong to this choice: what was said in one is not told in another. */
  readonly conversationKey: ReadonlySignal<string>;
  /** A clock for what is shown of circles. */
  readonly nowMs: ReadonlySignal<number>;
  choose(tier: Tier): void;
  chooseCircle(id: string): void;
  /** It was left: if it was chosen, no circle is now. */
  forgetCircle(id: string): void;
  dispose(): void;
}

const KEY = 'manyhands.tier';
const Stored = v.strictObject({
  tier: v.picklist(TIERS),
  circleId: v.exactOptional(v.pipe(v.string(), v.regex(/^[\w-]{22}$/))),
});
type Stored = v.InferOutput<typeof Stored>;

const FIXED = { local: { tier: 'local' }, public: { tier: 'public' } } as const;

export function createTiers(options: {
  readonly circles: Pick<Circles, 'list'>;
  readonly storage: Storage | undefined;
  readonly nowMs?: () => number;
}): Tiers {
  const { circles, storage, nowMs = Date.now } = options;
  const chosen = signal<Stored>(readStored(storage, KEY, Stored) ?? { tier: 'public' });
  const clock = signal(nowMs());
  const tick = (): void => {
    clock.value = nowMs();
    clearTimeout(timer);
    if (circle.value === undefined) return;
    const leftMs = circle.value.expiresAtMs - clock.value;
    const waitMs = leftMs > 0 ? Math.min(leftMs, CLOCK_CHECK_INTERVAL_MS) : CLOCK_CHECK_INTERVAL_MS;
    timer = setTimeout(tick, waitMs);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tier = computed(() => chosen.value.tier);
  const circle = computed(() => circles.list.value.find(({ id }) => id === chosen.value.circleId));
  const isExpired = computed(() => (circle.value?.expiresAtMs ?? Infinity) <= clock.value);
  let last: Scope | undefined;
  const scope = computed((): Scope | undefined => {
    if (tier.value !== 'circle') return FIXED[tier.value];
    if (circle.value === undefined || isExpired.value) return undefined;
    // The same circle stays the same object: reading the list again is no change.
    const isSame = last?.tier === 'circle' && last.circle.id === circle.value.id;
    if (!isSame) last = { tier: 'circle', circle: circle.value };
    return last;
  });
  const set = (next: Stored): void => {
    chosen.value = next;
    writeStored(storage, KEY, next);
    tick();
  };
  circle.subscribe(tick);

  return {
    tier,
    circle,
    isExpired,
    scope,
    conversationKey: computed(() => conversationKeyOf(chosen.value)),
    nowMs: clock,
    choose: (next) => set({ ...chosen.value, tier: next }),
    chooseCircle: (circleId) => set({ tier: 'circle', circleId }),
    forgetCircle: (id) => {
      const { tier: kept, circleId } = chosen.value;
      if (circleId === id) set({ tier: kept });
    },
    dispose: () => clearTimeout(timer),
  };
}

/** `public`, `local`, `circle:` with an id, or `circle` while none is chosen. */
export function conversationKeyOf({ tier, circleId }: Stored): string {
  return tier === 'circle' && circleId !== undefined ? `circle:${circleId}` : tier;
}
