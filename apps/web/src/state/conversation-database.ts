import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { type ConversationRecord, type ReadRecord, readRecord } from './conversation-store.ts';
import { CONVERSATION_BATCH, CONVERSATIONS_MAX, DAMAGED_MAX } from './limits.ts';

/** Where conversations are kept. Every call rejects where the browser keeps nothing, or has no room. */
export interface ConversationDatabase {
  /** All of them, in batches. What cannot be read is put aside on the way. */
  readAll(): AsyncIterable<readonly ConversationRecord[]>;
  read(id: string): Promise<ConversationRecord | undefined>;
  /**
   * Reads, changes and writes one without anybody in between. `next` returns what is to be kept, or
   * undefined to leave things as they are.
   */
  change(
    id: string,
    next: (kept: ConversationRecord | undefined) => ConversationRecord | undefined,
  ): Promise<ConversationRecord | undefined>;
  remove(ids: readonly string[]): Promise<void>;
  listDamaged(): Promise<readonly DamagedRecord[]>;
  forgetDamaged(): Promise<void>;
}

/** As it was found, with what is wrong with it. */
export interface DamagedRecord {
  readonly foundAtMs: number;
  readonly why: string;
  readonly value: unknown;
}

interface Schema extends DBSchema {
  conversations: { key: string; value: unknown };
  damaged: { key: number; value: DamagedRecord };
}

const DATABASE_VERSION = 1;

/**
 * In IndexedDB. `factory` is that of a frame or a test. `onOutdated`: another tab runs a later version of
 * the site and changes the form of the database; this one lets go of it.
 */
export function createConversationDatabase(
  name = 'manyhands-conversations',
  onOutdated: () => void = () => undefined,
): ConversationDatabase {
  let opening: Promise<IDBPDatabase<Schema>> | undefined;

  const open = (): Promise<IDBPDatabase<Schema>> => {
    opening ??= openDB<Schema>(name, DATABASE_VERSION, {
      upgrade(database, from) {
        // One step a version: `if (from < 2) …`. A record's own form changes in `upgradeRecord`.
        if (from < 1) {
          database.createObjectStore('conversations');
          database.createObjectStore('damaged', { autoIncrement: true });
        }
      },
      blocking(_current, _wanted, event) {
        (event.target as IDBDatabase).close();
        onOutdated();
      },
      terminated() {
        opening = undefined;
      },
    }).catch((cause: unknown) => {
      // What was blocked once may be allowed later.
      opening = undefined;
      throw cause;
    });
    return opening;
  };

  return {
    async *readAll() {
      const database = await open();
      const ids = await database.getAllKeys('conversations', undefined, CONVERSATIONS_MAX);
      for (let first = 0; first < ids.length; first += CONVERSATION_BATCH) {
        const batch = ids.slice(first, first + CONVERSATION_BATCH);
        yield await readBatch(database, batch);
      }
    },
    async read(id) {
      const [record] = await readBatch(await open(), [id]);
      return record;
    },
    async change(id, next) {
      const database = await open();
      const transaction = database.transaction(['conversations', 'damaged'], 'readwrite');
      // Whatever fails in it ends it, and `done` says with what: a full disk shows only there.
      const changed = (async () => {
        const conversations = transaction.objectStore('conversations');
        const found = await conversations.get(id);
        const read = found === undefined ? undefined : readRecord(found);
        if (read !== undefined && 'problem' in read) {
          if (read.problem === 'newer') throw new DOMException('A later form.', 'VersionError');
          await transaction.objectStore('damaged').add(describeDamaged(found, read.why));
        }
        const record = next(read !== undefined && 'record' in read ? read.record : undefined);
        if (record !== undefined) await conversations.put(record, id);
        return record;
      })();
      const [record] = await Promise.all([changed, transaction.done]);
      return record;
    },
    async remove(ids) {
      const database = await open();
      const transaction = database.transaction('conversations', 'readwrite');
      const deletions = ids.map((id) => transaction.store.delete(id));
      // Not left to the page, which may be reloaded before it hears that they were carried out.
      transaction.commit();
      await Promise.all([...deletions, transaction.done]);
    },
    async listDamaged() {
      return (await open()).getAll('damaged', undefined, DAMAGED_MAX);
    },
    async forgetDamaged() {
      await (await open()).clear('damaged');
    },
  };
}

async function readBatch(
  database: IDBPDatabase<Schema>,
  ids: readonly string[],
): Promise<readonly ConversationRecord[]> {
  const transaction = database.transaction('conversations');
  const values = await Promise.all(ids.map((id) => transaction.store.get(id)));
  const records: ConversationRecord[] = [];
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue;
    const id = ids[index] as string;
    const read = checkPlace(readRecord(value), id);
    if ('record' in read) records.push(read.record);
    else if (read.problem === 'damaged') await putAside(database, id);
  }
  return records;
}

/** A record under another one's key would be written there again. */
function checkPlace(read: ReadRecord, id: string): ReadRecord {
  if (!('record' in read) || read.record.id === id) return read;
  return { problem: 'damaged', why: 'id: Another one stands in the record.' };
}

async function putAside(database: IDBPDatabase<Schema>, id: string): Promise<void> {
  const transaction = database.transaction(['conversations', 'damaged'], 'readwrite');
  const conversations = transaction.objectStore('conversations');
  // Read once more: another tab may have done it already, or written a whole one.
  const value = await conversations.get(id);
  const read = checkPlace(readRecord(value), id);
  if (value !== undefined && 'problem' in read && read.problem === 'damaged') {
    await transaction.objectStore('damaged').add(describeDamaged(value, read.why));
    await conversations.delete(id);
  }
  await transaction.done;
}

function describeDamaged(value: unknown, why: string): DamagedRecord {
  return { foundAtMs: Date.now(), why, value };
}

/** As long as the page lives: for frames on other sites, and for tests. */
export function createMemoryDatabase(): ConversationDatabase {
  const records = new Map<string, ConversationRecord>();
  return {
    async *readAll() {
      yield [...records.values()];
    },
    read: async (id) => records.get(id),
    async change(id, next) {
      const record = next(records.get(id));
      if (record !== undefined) records.set(id, record);
      return record;
    },
    async remove(ids) {
      for (const id of ids) records.delete(id);
    },
    listDamaged: async () => [],
    forgetDamaged: async () => undefined,
  };
}
