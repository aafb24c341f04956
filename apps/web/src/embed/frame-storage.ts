import { type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import { openStorage, readStored, writeStored } from '../state/stored.ts';

/**
 * `blocked`: nothing is kept, and every visit asks anew. `partitioned`: what browsers give a frame on
 * another site, a storage for this pair of sites. `granted`: the visitor's own storage of this origin too.
 */
export type StorageState = 'blocked' | 'partitioned' | 'granted';

/** Of the operator's origin itself, whoever embeds it. */
export interface SharedStorage {
  readonly localStorage: Storage;
  readonly indexedDB: IDBFactory;
}

export interface FrameStorage {
  readonly local: Storage | undefined;
  readonly session: Storage | undefined;
  readonly state: ReadonlySignal<StorageState>;
  readonly shared: ReadonlySignal<SharedStorage | undefined>;
  /** Whether this browser can be asked at all. */
  readonly canRequest: boolean;
  /** What was granted on an earlier visit; asks nobody. */
  restore(): Promise<void>;
  /** Within a click. Returns whether it was granted. */
  request(): Promise<boolean>;
}

/** Chromium's: https://privacycg.github.io/saa-non-cookie-storage/ */
interface AccessDocument {
  requestStorageAccess?(types: {
    readonly localStorage: true;
    readonly indexedDB: true;
  }): Promise<Partial<SharedStorage> | undefined>;
}

const KEY = 'manyhands.embed-storage';
const Granted = v.literal('shared');

export function openFrameStorage(scope: { readonly document: object }): FrameStorage {
  const local = openStorage('localStorage');
  const document = scope.document as AccessDocument;
  const state = signal<StorageState>(local === undefined ? 'blocked' : 'partitioned');
  const shared = signal<SharedStorage | undefined>(undefined);
  // Other browsers grant cookies alone, which are of no use here. What Chromium grants has no name to
  // look for, but a function of the same proposal has.
  const canRequest = 'hasUnpartitionedCookieAccess' in document;

  const request = async (): Promise<boolean> => {
    if (!canRequest) return false;
    try {
      const handle = await document.requestStorageAccess?.({ localStorage: true, indexedDB: true });
      if (handle?.localStorage === undefined || handle.indexedDB === undefined) return false;
      shared.value = { localStorage: handle.localStorage, indexedDB: handle.indexedDB };
      state.value = 'granted';
      writeStored(local, KEY, 'shared');
      return true;
    } catch {
      // The visitor or the browser said no: the frame goes on with what it has.
      return false;
    }
  };
  return {
    local,
    session: openStorage('sessionStorage'),
    state,
    shared,
    canRequest,
    request,
    async restore() {
      if (readStored(local, KEY, Granted) !== undefined) await request();
    },
  };
}
