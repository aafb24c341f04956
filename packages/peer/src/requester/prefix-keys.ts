import { PAGE_POSITIONS } from '@manyhands/engine/stage';
import { hexOf, sha256 } from '@manyhands/model/sha256';
import { PREFIX_KEYS_MAX } from '@manyhands/protocol/limits';

/**
 * Names for each whole page of a token sequence: equal exactly where everything up to the page's end
 * is. Stages keep pages under these names, so a conversation's next turn starts where the last ended.
 */
export type PrefixKeys = (tokenIds: readonly number[]) => Promise<string[]>;

/**
 * The names of one requester. They are chained hashes over a secret of its own: who sees them learns
 * that two prompts begin alike, which a stage that runs them knows anyway, and nothing about others'.
 */
export function createPrefixKeys(secret = crypto.getRandomValues(new Uint8Array(16))): PrefixKeys {
  return async (tokenIds) => {
    const keys: string[] = [];
    let previous: Uint8Array = secret;
    const pageCount = Math.min(PREFIX_KEYS_MAX, Math.floor(tokenIds.length / PAGE_POSITIONS));
    for (let page = 0; page < pageCount; page += 1) {
      const first = page * PAGE_POSITIONS;
      const ids = Uint32Array.from(tokenIds.slice(first, first + PAGE_POSITIONS));
      const bytes = new Uint8Array(previous.length + ids.byteLength);
      bytes.set(previous);
      bytes.set(new Uint8Array(ids.buffer), previous.length);
      previous = await sha256(bytes);
      keys.push(hexOf(previous.subarray(0, 16)));
    }
    return keys;
  };
}
