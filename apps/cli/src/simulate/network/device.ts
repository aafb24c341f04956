import type { Random } from '@manyhands/testkit/random';

/** What a volunteer brings, drawn once. */
export interface Device {
  readonly kind: string;
  readonly numericClass: string;
  readonly memoryBytes: number;
  /** Weights it reads in a millisecond: decoding is bound by that. */
  readonly bytesPerMs: number;
  /** Dispatches and waiting, for each block. */
  readonly blockOverheadMs: number;
  /** Rows of a prompt in the time of one decoded token. */
  readonly prefillRows: number;
  readonly downloadBytesPerMs: number;
  readonly place: Place;
}

/** Where a tab is, as far as its round trips depend on it. */
export interface Place {
  readonly region: number;
  /** Behind a NAT that takes no direct connection from another one of its kind. */
  readonly isHardNat: boolean;
  /** Its own way to the network, there and back. */
  readonly accessMs: number;
}

interface Kind {
  readonly name: string;
  readonly share: number;
  readonly numericClass: string;
  readonly gib: number;
  readonly gbPerSecond: number;
  readonly blockOverheadMs: number;
  readonly prefillRows: number;
  readonly megabits: number;
}

const KINDS: readonly Kind[] = [
  kind('phone', 0.3, 'webgpu-f32', 1, 8, 0.4, 6, 30),
  kind('office', 0.12, 'wasm-i8', 2, 9, 0.05, 1.5, 60),
  kind('laptop', 0.4, 'webgpu-f32', 3, 30, 0.2, 10, 60),
  kind('desktop', 0.15, 'webgpu-f32', 8, 150, 0.1, 20, 150),
  kind('workstation', 0.03, 'webgpu-f32', 16, 400, 0.1, 25, 300),
];

/** Shares of three regions, and round trips between their backbones in milliseconds. */
const REGIONS = [0.6, 0.25, 0.15];
const REGION_MS = [
  [15, 90, 150],
  [90, 15, 180],
  [150, 180, 15],
];
/** Two of 45 in a hundred meet in one pair of five: peers.md of the field has 15 to 22 in a hundred. */
const HARD_NAT_SHARE = 0.45;
const TURN_MS = 30;

export function drawDevice(random: Random): Device {
  const { name, numericClass, gib, gbPerSecond, blockOverheadMs, prefillRows, megabits } = pick(
    KINDS,
    ({ share }) => share,
    random.next(),
  );
  const around = (deviation: number) => Math.exp(deviation * random.normal());
  return {
    kind: name,
    numericClass,
    memoryBytes: gib * 2 ** 30 * around(0.3),
    bytesPerMs: gbPerSecond * 1e6 * around(0.3),
    blockOverheadMs,
    prefillRows,
    downloadBytesPerMs: (megabits / 8) * 1e3 * around(0.5),
    place: drawPlace(random),
  };
}

export function drawPlace(random: Random): Place {
  const region = pick([0, 1, 2], (each) => REGIONS[each] ?? 0, random.next());
  const accessMs = 8 * Math.exp(0.6 * random.normal());
  return { region, isHardNat: random.next() < HARD_NAT_SHARE, accessMs };
}

/** Milliseconds there and back, through a TURN relay where both ends need one. */
export function roundTripBetween(a: Place, b: Place): number {
  if (a === b) return 0;
  const turn = a.isHardNat && b.isHardNat ? TURN_MS : 0;
  return a.accessMs + b.accessMs + (REGION_MS[a.region]?.[b.region] ?? 0) + turn;
}

/** One of the items, each as likely as its share. */
export function pick<Item>(
  items: readonly Item[],
  shareOf: (item: Item) => number,
  drawn: number,
): Item {
  let left = drawn * items.reduce((sum, item) => sum + shareOf(item), 0);
  for (const item of items) {
    left -= shareOf(item);
    if (left < 0) return item;
  }
  return items.at(-1) as Item;
}

function kind(
  name: string,
  share: number,
  numericClass: string,
  gib: number,
  gbPerSecond: number,
  blockOverheadMs: number,
  prefillRows: number,
  megabits: number,
): Kind {
  return { name, share, numericClass, gib, gbPerSecond, blockOverheadMs, prefillRows, megabits };
}
