import { createRandom } from '@manyhands/testkit/random';
import { describe, expect, test } from 'vitest';
import { createPagePool, type SessionPages } from './page-pool.ts';

function pool(pagesMax = 12) {
  const pages = createPagePool({ pagesMax, pageBytes: 1000 });
  pages.grow(pagesMax);
  return pages;
}

describe('a session', () => {
  test('takes pages as it grows and gives them back', () => {
    const pages = pool();
    const session = pages.open(100);
    expect(pages.pagesReserved).toBe(4);
    expect(session.write(0, 33)).toEqual([]);
    expect(session.pages.length).toBe(2);
    session.write(33, 34);
    expect(session.pages.length).toBe(2);
    session.write(34, 65);
    expect(new Set(session.pages).size).toBe(3);
    session.close();
    session.close();
    expect(pages).toMatchObject({ pagesReserved: 0, pagesKept: 0 });
  });

  test('is refused where the pages of all would not fit, with the bytes in the message', () => {
    const pages = pool(8);
    const first = pages.open(6 * 32);
    expect(() => pages.open(3 * 32)).toThrow(/9000 bytes .* 8000/);
    first.close();
    pages.open(8 * 32);
  });

  test('that goes back to an earlier position gives later pages back', () => {
    const pages = pool(4);
    const session = pages.open(4 * 32);
    session.write(0, 4 * 32);
    session.write(10, 11);
    expect(session.pages.length).toBe(1);
    session.write(11, 4 * 32);
    expect(new Set(session.pages).size).toBe(4);
  });

  test('never shares a page with another one', () => {
    const pages = pool();
    const a = pages.open(3 * 32);
    const b = pages.open(4 * 32);
    a.write(0, 50);
    b.write(0, 100);
    a.write(50, 96);
    expect(new Set([...a.pages, ...b.pages]).size).toBe(7);
  });
});

describe('a prefix', () => {
  const keys = ['a', 'b', 'c'];

  test('of a live session is shared in whole pages', () => {
    const pages = pool();
    const first = pages.open(100, keys);
    first.write(0, 70);
    first.commit(70);
    const second = pages.open(100, ['a', 'b', 'other']);
    expect(second.reusedPositions).toBe(64);
    expect(second.pages).toEqual(first.pages.slice(0, 2));
    second.write(64, 80);
    expect(second.pages[2]).not.toBe(first.pages[2]);
  });

  test('of a session that closed is kept until its room is needed', () => {
    const pages = pool(4);
    const first = pages.open(4 * 32, keys);
    first.write(0, 4 * 32);
    first.commit(4 * 32);
    first.close([...keys, 'd']);
    expect(pages.pagesKept).toBe(4);
    const again = pages.open(4 * 32, [...keys, 'd']);
    expect(again.reusedPositions).toBe(3 * 32);
    again.close();
    const other = pages.open(3 * 32);
    other.write(0, 3 * 32);
    other.close();
    // The beginning went last.
    expect(pages.open(4 * 32, keys).reusedPositions).toBe(32);
  });

  test('is not shared before it is computed', () => {
    const pages = pool();
    const first = pages.open(100, keys);
    first.write(0, 40);
    expect(pages.open(100, keys).reusedPositions).toBe(0);
    first.commit(40);
    expect(pages.open(100, keys).reusedPositions).toBe(32);
  });

  test('always leaves a position to compute', () => {
    const pages = pool();
    const first = pages.open(64, keys);
    first.write(0, 64);
    first.commit(64);
    expect(pages.open(64, keys).reusedPositions).toBe(32);
  });

  test('that is shared is copied before it is written over', () => {
    const pages = pool();
    const first = pages.open(64, keys);
    first.write(0, 40);
    first.commit(40);
    const second = pages.open(64, keys);
    const [shared] = second.pages;
    const copies = second.write(20, 41);
    expect(copies).toEqual([{ from: shared, to: second.pages[0] }]);
    expect(first.pages[0]).toBe(shared);
    expect(pages.open(64, keys).pages).toEqual([shared]);
  });

  test('that its only session writes over is shared no more', () => {
    const pages = pool();
    const first = pages.open(64, keys);
    first.write(0, 40);
    first.commit(40);
    expect(first.write(31, 40)).toEqual([]);
    first.commit(40);
    expect(pages.open(64, keys).reusedPositions).toBe(0);
  });

  test('is forgotten on request', () => {
    const pages = pool();
    const first = pages.open(64, keys);
    first.write(0, 64);
    first.commit(64);
    first.close();
    pages.dropKept();
    expect(pages.pagesKept).toBe(0);
    expect(pages.open(64, keys).reusedPositions).toBe(0);
  });
});

test('says how many pages it needs, and never more than it may have', () => {
  const pages = createPagePool({ pagesMax: 6, pageBytes: 1000 });
  const first = pages.open(4 * 32, ['a', 'b']);
  expect(pages).toMatchObject({ pageCount: 0, pagesNeeded: 4 });
  pages.grow(pages.pagesNeeded);
  first.write(0, 70);
  first.commit(70);
  first.close();
  pages.open(3 * 32);
  expect(pages).toMatchObject({ pageCount: 4, pagesKept: 2, pagesNeeded: 5 });
  pages.open(3 * 32);
  expect(pages.pagesNeeded).toBe(6);
});

interface Written {
  readonly session: SessionPages;
  readonly text: string[];
}

/** Names a prefix by what it says, as requesters do. */
function keysOf(text: readonly string[]): string[] {
  return Array.from({ length: Math.floor(text.length / 32) }, (_, i) =>
    text.slice(0, 32 * (i + 1)).join(''),
  );
}

test.each([1, 2, 3])('whatever sessions do, each reads what it wrote (seed %i)', (seed) => {
  const random = createRandom(seed);
  const pages = pool(16);
  const device = Array.from({ length: 16 }, () => new Array<string>(32).fill('?'));
  const open: Written[] = [];

  const write = ({ session, text }: Written, position: number, end: number): void => {
    for (const { from, to } of session.write(position, end)) {
      device[to] = [...(device[from] as string[])];
    }
    text.length = position;
    for (let at = position; at < end; at += 1) {
      // A few choices only, so that prefixes meet.
      const letter = at % 32 === 0 ? `${random.below(2)}` : 'x';
      text.push(letter);
      (device[session.pages[at >> 5] as number] as string[])[at % 32] = letter;
    }
    session.commit(end);
  };

  let reused = 0;
  for (let round = 0; round < 3000; round += 1) {
    const chosen = open[random.below(4)];
    if (chosen === undefined) {
      const wanted = Array.from({ length: 96 }, (_, i) => (i % 32 ? 'x' : `${random.below(2)}`));
      const session = pages.open(4 * 32, keysOf(wanted));
      reused += session.reusedPositions;
      const text = wanted.slice(0, session.reusedPositions);
      open.push({ session, text });
      const written = { session, text };
      if (text.length < 96) {
        for (const { from, to } of session.write(text.length, 96)) device[to] = device[from] ?? [];
        for (let at = text.length; at < 96; at += 1) {
          (device[session.pages[at >> 5] as number] as string[])[at % 32] = wanted[at] as string;
        }
        text.push(...wanted.slice(text.length));
        session.commit(96);
      }
      write(written, 96, 97 + random.below(31));
    } else if (random.below(3) === 0) {
      chosen.session.close(keysOf(chosen.text));
      open.splice(open.indexOf(chosen), 1);
    } else {
      const position = random.below(chosen.text.length + 1);
      write(chosen, position, Math.min(128, position + 1 + random.below(40)));
    }
    for (const { session, text } of open) {
      const read = text.map((_, at) => device[session.pages[at >> 5] as number]?.[at % 32]);
      expect(read.join('')).toBe(text.join(''));
    }
  }
  expect(reused).toBeGreaterThan(0);
});
