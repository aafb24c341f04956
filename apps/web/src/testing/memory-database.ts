import type { KeyDatabase } from '@manyhands/swarm/key-database';

/** A `KeyDatabase` without a browser: whoever shares it shares it as tabs do. */
export function createMemoryDatabase(): KeyDatabase {
  const values = new Map<string, unknown>();
  return {
    read: async (key) => values.get(key),
    change: async (key, next) => {
      values.set(key, next(values.get(key)));
    },
  };
}
