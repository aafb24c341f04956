import * as v from 'valibot';
import type { CircleKeys } from './circle.ts';
import { type KeyDatabase, openKeyDatabase } from './key-database.ts';
import { CIRCLE_NAME_CHARS_MAX, CIRCLES_MAX } from './limits.ts';

/** A circle as this browser keeps it. */
export interface StoredCircle extends CircleKeys {
  readonly name: string;
  /** The invitation, for whoever made the circle: who was invited keeps keys that invite nobody. */
  readonly invite?: string;
}

export interface CircleStore {
  list(): Promise<readonly StoredCircle[]>;
  /** Adds it, or replaces the one with its id; the oldest of too many goes. */
  put(circle: StoredCircle): Promise<void>;
  remove(id: string): Promise<void>;
}

const KEY = 'circles';

/** In IndexedDB. Every call rejects where the browser blocks storage. */
export function createIndexedDbCircleStore(databaseName = 'manyhands-circles'): CircleStore {
  return circleStoreOver(openKeyDatabase(databaseName));
}

/** For private windows and tests: as long as the page lives. */
export function createMemoryCircleStore(): CircleStore {
  const values = new Map<string, unknown>();
  return circleStoreOver({
    read: async (key) => values.get(key),
    change: async (key, next) => void values.set(key, next(values.get(key))),
  });
}

function circleStoreOver(database: KeyDatabase): CircleStore {
  return {
    list: async () => parseCircles(await database.read(KEY)),
    put: (circle) =>
      database.change(KEY, (current) => {
        const others = parseCircles(current).filter(({ id }) => id !== circle.id);
        return [...others, circle].slice(-CIRCLES_MAX);
      }),
    remove: (id) =>
      database.change(KEY, (current) => parseCircles(current).filter((each) => each.id !== id)),
  };
}

const HmacKey = v.custom<CryptoKey>(
  (value) => value instanceof CryptoKey && value.algorithm.name === 'HMAC' && !value.extractable,
);
const Stored = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(4 * CIRCLE_NAME_CHARS_MAX)),
  expiresAtMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
  directory: HmacKey,
  link: HmacKey,
  invite: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{50,400}$/))),
});

/** Those that are whole; a damaged one is as good as left. */
function parseCircles(value: unknown): StoredCircle[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each) => {
    const result = v.safeParse(Stored, each);
    return result.success ? [result.output] : [];
  });
}
