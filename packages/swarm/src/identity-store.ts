import { createStore, get, update } from 'idb-keyval';
import { areKeysSound, type IdentityStore, type SigningKeys } from './identity.ts';

const KEY = 'signing-keys';

/** Keeps the identity in IndexedDB, which stores a CryptoKey without ever showing its bytes. */
export function createIndexedDbIdentityStore(databaseName = 'manyhands-identity'): IdentityStore {
  return {
    async keep(create) {
      const store = createStore(databaseName, 'keys');
      const kept = parseKeys(await get<unknown>(KEY, store));
      if (kept !== undefined && (await areKeysSound(kept))) return kept;
      const created = await create();
      // One read-write transaction: of several tabs on a first visit, the first to get here wins and
      // the others take its keys. Only keys that were seen to be broken are replaced.
      await update<unknown>(
        KEY,
        (current: unknown) => {
          const other = parseKeys(current);
          return other === undefined || other.publicKey === kept?.publicKey ? created : other;
        },
        store,
      );
      const result = parseKeys(await get<unknown>(KEY, store));
      if (result === undefined) throw new DOMException('Keys were not kept.', 'DataError');
      return result;
    },
  };
}

/** For Node and tests: as long as the process lives. */
export function createMemoryIdentityStore(): IdentityStore {
  let keys: Promise<SigningKeys> | undefined;
  return {
    keep(create) {
      keys ??= create();
      return keys;
    },
  };
}

function parseKeys(value: unknown): SigningKeys | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { alg, publicKey, privateKey } = value as Record<string, unknown>;
  const isKnown = alg === 'Ed25519' || alg === 'P-256';
  if (!isKnown || typeof publicKey !== 'string' || !(privateKey instanceof CryptoKey)) {
    return undefined;
  }
  return { alg, publicKey, privateKey };
}
