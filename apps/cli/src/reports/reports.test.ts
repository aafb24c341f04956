import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { runReports } from './reports-command.ts';

const ROOT = 'ab'.repeat(32);
const PEER = `${'a'.repeat(22)}.${'b'.repeat(11)}`;
const reportAt = (minute: number, more: object = {}) => ({
  at: `2026-11-26T19:${String(minute).padStart(2, '0')}:00.000Z`,
  reason: 'wrong',
  modelRoot: ROOT,
  peerIds: [PEER],
  ...more,
});

describe('reports', () => {
  let context: TestContext;
  beforeEach(async () => {
    context = await createTestContext();
  });
  afterEach(() => context.dispose());
  const write = (lines: readonly unknown[]) =>
    writeFile(
      join(context.callerDirectory, 'reports.jsonl'),
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
  const run = async (args: string[], env = { REPORTS_FILE: 'reports.jsonl' }) => {
    await runReports(args, context, env);
    return context.written.join('');
  };

  it('are listed for reading, with nothing that steers a terminal', async () => {
    const text = 'Q: \u001b[2Jwho?\nA: \u202enobody';
    await write([
      reportAt(1),
      reportAt(2, { reason: 'private', note: 'My name!', text, peerIds: [] }),
    ]);
    expect(await run([])).toBe(`2026-11-26 19:01:00 UTC  wrong or nonsense
  model       ${ROOT}
  volunteer   ${PEER}

2026-11-26 19:02:00 UTC  reveals something private
  model       ${ROOT}
  note        My name!
  text        Q:  [2Jwho?
              A:  nobody

2 reports
`);
  });

  it('are the last ones of many, without lines that are none', async () => {
    const many = Array.from({ length: 30 }, (_, minute) => reportAt(minute));
    await write([...many, '{"at":', '{}', '']);
    const all = await run([]);
    expect(all).not.toContain('19:09:00');
    expect(all).toContain('19:10:00');
    expect(all).toMatch(/30 reports, the last 20 shown; 2 lines that are none were left out\n$/);
    context.written.length = 0;
    const json = JSON.parse(await run(['--last', '2', '--json'])) as object;
    expect(json).toEqual({ reports: many.slice(-2), totalCount: 30, unreadableCount: 2 });
  });

  it('have to be somewhere', async () => {
    await expect(run([], { REPORTS_FILE: '' })).rejects.toMatchObject({ code: 'usage' });
    await expect(run(['--file', 'nowhere'])).rejects.toMatchObject({ code: 'not-found' });
    for (const args of [['--last', '0'], ['--last', 'x'], ['what']]) {
      await expect(run(args)).rejects.toMatchObject({ code: 'usage' });
    }
  });
});
