import { overBudget } from '../budget.ts';
import { EngineError } from '../error.ts';
import { PAGE_POSITIONS } from '../stage.ts';

/** A page whose keys and values go to another one before it is written. */
export interface PageCopy {
  readonly from: number;
  readonly to: number;
}

/** The page table of one session. */
export interface SessionPages {
  /** Pages that hold the session's positions, in order: page `i` has positions from `32 i` on. */
  readonly pages: readonly number[];
  /** Positions that were there when the session opened: whole pages of a shared prefix. */
  readonly reusedPositions: number;
  /**
   * Makes positions `[position, end)` writable; what lay behind `position` is forgotten. Pages that
   * others share are replaced: the returned copies come before anything is written.
   */
  write(position: number, end: number): readonly PageCopy[];
  /** Positions up to `end` are computed: pages that became full are shared under their keys. */
  commit(end: number): void;
  /** Gives the pages back; those that `prefixKeys` names stay for reuse until the room is needed. */
  close(prefixKeys?: readonly string[]): void;
}

/**
 * Which page of the KV cache belongs to whom. Pure bookkeeping: pages are numbers, the backend holds
 * their bytes. A session reserves all its pages when it opens, so that no step fails for want of one,
 * but takes them as it grows. Full pages with a key are shared by sessions with the same prefix (as
 * vLLM's prefix caching does, Kwon et al. 2023) and, once nobody uses them, kept until room is needed.
 */
export interface PagePool {
  /** Pages that exist on the device. */
  readonly pageCount: number;
  /** Pages that should exist: what sessions reserved and what is kept for reuse. */
  readonly pagesNeeded: number;
  /** Pages that open sessions reserved. */
  readonly pagesReserved: number;
  /** Pages that nobody uses and that a session with the same prefix would take over. */
  readonly pagesKept: number;
  /** `over-budget` where the sessions' pages would exceed `pagesMax`. */
  open(positionsMax: number, prefixKeys?: readonly string[]): SessionPages;
  /** The device has `pageCount` pages now, at least `pagesReserved` of them. Never fewer. */
  grow(pageCount: number): void;
  /** Forgets pages that nobody uses, when the device refused more. */
  dropKept(): void;
}

export interface PagePoolOptions {
  readonly pagesMax: number;
  /** Of all blocks of the stage: for the message that names bytes. */
  readonly pageBytes: number;
}

export function createPagePool({ pagesMax, pageBytes }: PagePoolOptions): PagePool {
  const users = new Map<number, number>();
  const keyOf = new Map<number, string>();
  const byKey = new Map<string, number>();
  /** Pages without users that have a key, the longest unused first. */
  const kept = new Set<number>();
  const free: number[] = [];
  let pageCount = 0;
  let reserved = 0;

  const forget = (page: number): void => {
    const key = keyOf.get(page);
    if (key !== undefined) byKey.delete(key);
    keyOf.delete(page);
  };
  const dropOldest = (): number | undefined => {
    const [page] = kept;
    if (page === undefined) return undefined;
    kept.delete(page);
    forget(page);
    return page;
  };
  const take = (): number => {
    const page = free.pop() ?? dropOldest();
    // `checkRoom` was asked before, so this is a fault of ours.
    if (page === undefined) throw new EngineError('over-budget', 'no KV page is free; retry');
    users.set(page, 1);
    return page;
  };
  /** Before anything changes: a table that was half replaced would name pages without contents. */
  const checkRoom = (pages: readonly number[], first: number, end: number): void => {
    const isShared = (page: number): boolean => (users.get(page) ?? 0) > 1;
    const copied = pages.slice(first, end).filter(isShared).length;
    const released = pages.slice(Math.max(end, first + 1)).filter((page) => !isShared(page)).length;
    const needed = copied + Math.max(0, end - pages.length);
    if (needed <= free.length + kept.size + released) return;
    throw new EngineError('over-budget', 'no KV page is free; retry');
  };
  const use = (page: number): void => {
    kept.delete(page);
    users.set(page, (users.get(page) ?? 0) + 1);
  };
  const release = (page: number): void => {
    const left = (users.get(page) ?? 1) - 1;
    if (left > 0) {
      users.set(page, left);
      return;
    }
    users.delete(page);
    if (keyOf.has(page)) kept.add(page);
    else free.push(page);
  };
  const name = (page: number, key: string | undefined): void => {
    if (key === undefined || byKey.has(key) || keyOf.has(page)) return;
    byKey.set(key, page);
    keyOf.set(page, key);
  };
  const findPrefix = (positionsMax: number, keys: readonly string[]): number[] => {
    // The last position is always computed: its result is what the session wants.
    const found: number[] = [];
    for (const key of keys.slice(0, Math.floor((positionsMax - 1) / PAGE_POSITIONS))) {
      const page = byKey.get(key);
      if (page === undefined) break;
      found.push(page);
    }
    return found;
  };

  return {
    get pageCount() {
      return pageCount;
    },
    get pagesNeeded() {
      return Math.min(pagesMax, reserved + kept.size);
    },
    get pagesReserved() {
      return reserved;
    },
    get pagesKept() {
      return kept.size;
    },
    open(positionsMax, prefixKeys = []) {
      const pagesWanted = Math.ceil(positionsMax / PAGE_POSITIONS);
      if (reserved + pagesWanted > pagesMax) {
        const bytes = (reserved + pagesWanted) * pageBytes;
        throw overBudget('the KV cache of a session', bytes, pagesMax * pageBytes);
      }
      reserved += pagesWanted;
      const pages = findPrefix(positionsMax, prefixKeys);
      for (const page of pages) use(page);
      const keys = [...prefixKeys];
      let committed = pages.length;
      let isOpen = true;

      return {
        pages,
        reusedPositions: pages.length * PAGE_POSITIONS,
        write(position, end) {
          const first = Math.floor(position / PAGE_POSITIONS);
          checkRoom(pages, first, Math.ceil(end / PAGE_POSITIONS));
          // What is written over no longer is what its key says.
          if (first < committed) {
            keys.length = Math.min(keys.length, first);
            committed = first;
          }
          const pagesEnd = Math.ceil(end / PAGE_POSITIONS);
          for (const page of pages.splice(Math.max(pagesEnd, first + 1))) release(page);
          const copies: PageCopy[] = [];
          for (let index = first; index < pages.length; index += 1) {
            const page = pages[index] as number;
            if ((users.get(page) ?? 0) === 1) {
              forget(page);
              continue;
            }
            const own = take();
            // Only the page that `position` cuts holds rows that stay.
            if (index === first && position % PAGE_POSITIONS > 0) {
              copies.push({ from: page, to: own });
            }
            release(page);
            pages[index] = own;
          }
          while (pages.length < pagesEnd) pages.push(take());
          return copies;
        },
        commit(end) {
          const full = Math.min(Math.floor(end / PAGE_POSITIONS), pages.length);
          for (; committed < full; committed += 1)
            name(pages[committed] as number, keys[committed]);
        },
        close(finalKeys = []) {
          if (!isOpen) return;
          isOpen = false;
          const full = Math.min(committed, finalKeys.length);
          for (let index = 0; index < full; index += 1) {
            name(pages[index] as number, finalKeys[index]);
          }
          // The end of a prefix is of no use without its beginning: that one is kept longest.
          for (const page of pages.splice(0).reverse()) release(page);
          reserved -= pagesWanted;
        },
      };
    },
    grow(count) {
      for (; pageCount < count; pageCount += 1) free.push(pageCount);
    },
    dropKept() {
      for (let page = dropOldest(); page !== undefined; page = dropOldest()) free.push(page);
    },
  };
}
