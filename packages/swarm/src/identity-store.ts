import { PublicKeyText, SignatureAlgorithm } from '@manyhands/protocol/id';
import * as v from 'valibot';
import { areKeysSound, type IdentityStore, type SigningKeys } from './identity.ts';
import { openKeyDatabase } from './key-database.ts';

const KEY = 'signing-keys';

/**
 * Keeps the identity in IndexedDB, which stores a CryptoKey without ever showing its bytes. A frame that
 * was granted access to storage outside of its partition passes those `databases`.
 */
export function createIndexedDbIdentityStore(
  databaseName = 'manyhands-identity',
  databases?: IDBFactory,
): IdentityStore {
  return {
    async keep(create) {
      const database = openKeyDatabase(databaseName, databases);
      const kept = parseKeys(await database.read(KEY));
      if (kept !== undefined && (await areKeysSound(kept))) return kept;
      const created = await create();
      // One read-write transaction: of several tabs on a first visit, the first to get here wins and
      // the others take its keys. Only keys that were seen to be broken are replaced.
      await database.change(KEY, (current) => {
        const other = parseKeys(current);
        return other === undefined || other.publicKey === kept?.publicKey ? created : other;
      });
      const result = parseKeys(await database.read(KEY));
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

const StoredKeys = v.strictObject({
  alg: SignatureAlgorithm,
  publicKey: PublicKeyText,
  // Looked up at each call: insecure pages, which have no CryptoKey, still load this module.
  privateKey: v.custom<CryptoKey>((value) => value instanceof CryptoKey),
});

function parseKeys(value: unknown): SigningKeys | undefined {
  const result = v.safeParse(StoredKeys, value);
  return result.success ? result.output : undefined;
}
