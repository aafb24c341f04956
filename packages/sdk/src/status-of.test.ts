import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STATUSES, statusOf } from './status-of.ts';

test('docs/sdk.md lists every code with its status', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/sdk.md'), 'utf8');
  const rows = [...docs.matchAll(/^\| ([45]\d\d) \| (.+) \|$/gm)];
  const listed = rows.flatMap(([, status, codes = '']) =>
    [...codes.replace(/\([^)]*\)/g, '').matchAll(/`([a-z-]+)`/g)].map(([, code]) => [
      code,
      Number(status),
    ]),
  );
  expect(Object.fromEntries(listed)).toEqual(STATUSES);
});

test('a code that nobody knows is a fault of ours', () => {
  expect(statusOf('something-new')).toBe(500);
  expect(statusOf('toString')).toBe(500);
});
