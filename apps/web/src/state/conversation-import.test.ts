import { describe, expect, it } from 'vitest';
import { conversationRecord } from '../testing/conversation-record.ts';
import { exportJson, exportMarkdown } from './conversation-export.ts';
import { type ImportContext, planImport, readImport } from './conversation-import.ts';
import { searchConversations } from './conversation-search.ts';
import { describeDay, groupByDay, titleOf } from './conversation-view.ts';

const A = conversationRecord('a', { title: 'Sky', ask: 'Why is the sky blue?' });
const B = conversationRecord('b', { ask: 'Tell me\nmore', reply: 'About *İstanbul* (x)?' });
const nobody: ImportContext = { kept: new Map(), circleIds: new Set(), scope: 'public' };
const keeps = (...records: (typeof A)[]): ImportContext => ({
  ...nobody,
  kept: new Map(records.map((record) => [record.id, record])),
});
const fileOf = (text: string): File => new File([text], 'saved.json');

describe('a file of conversations', () => {
  it('brings back what was saved, and nothing twice', async () => {
    const { text, name } = exportJson([A, B], Date.UTC(2026, 6, 3));
    expect(name).toBe('manyhands-conversations-2026-07-03.json');
    expect(text).not.toContain('revision');
    const plan = await readImport(fileOf(text), nobody);
    expect(plan.records).toEqual([A, B]);
    expect(plan.report).toMatchObject({ addedCount: 2, knownCount: 0, refused: [] });
    const again = await readImport(fileOf(text), keeps({ ...A, revision: 4 }, B));
    expect(again.records).toEqual([]);
    expect(again.report).toMatchObject({ addedCount: 0, knownCount: 2 });
  });

  it('adds branches to a conversation that is here, and takes none away', () => {
    const turn = { role: 'user' as const, id: 'q2', parentId: 'a-a', atMs: 2_000, text: 'And?' };
    const longer = { ...A, turns: [...A.turns, turn], leafId: 'q2' };
    const other = { ...turn, id: 'q3', text: 'Or?' };
    const plan = planImport('x', [longer], keeps({ ...A, turns: [...A.turns, other] }));
    expect(plan.report).toMatchObject({ extendedCount: 1 });
    expect(plan.records[0]?.turns.map(({ id }) => id)).toEqual(['a-q', 'a-a', 'q2', 'q3']);
  });

  it('is taken where it is sound, and says of the rest why not', () => {
    const circle = `circle:${'c'.repeat(22)}`;
    const [question] = B.turns;
    const values = [
      A,
      null,
      { ...B, version: 2 },
      { ...B, title: 'Torn', turns: [...B.turns].reverse() },
      { ...B, title: 'Long', turns: [{ ...question, text: 'x'.repeat(200_001) }] },
      { ...B, title: 'More', html: '<b>' },
      { ...B, title: 'Ours', scope: circle },
      // A list that has it could not be drawn.
      { ...B, title: 'Never', turns: [{ ...question, atMs: 8.64e15 + 1 }], leafId: 'b-q' },
      { ...A, title: 'Other', createdAtMs: 7 },
    ];
    const { report, records } = planImport('x', values, nobody);
    expect(records).toEqual([A]);
    if ('failure' in report) throw new Error(report.failure);
    expect(report.refused.map(({ title }) => title)).toEqual([
      'No. 2',
      'No. 3',
      'Torn',
      'Long',
      'More',
      'Ours',
      'Never',
      'Other',
    ]);
    expect(report.refused.at(-3)?.why).toContain('circle');
    const member = planImport('x', values.slice(6, 7), {
      ...nobody,
      circleIds: new Set(['c'.repeat(22)]),
    });
    expect(member.report).toMatchObject({ addedCount: 1, hasOthers: true });
  });

  it.each([
    ['no JSON', '{'],
    ['no list', '{"version":1}'],
    ['no list', '[]'],
    ['later version', '{"format":"manyhands-conversations","version":2}'],
  ])('is refused as a whole: %s', async (said, text) => {
    const { report, records } = await readImport(fileOf(text), nobody);
    expect(records).toEqual([]);
    expect(report).toHaveProperty('failure');
    expect(JSON.stringify(report)).toMatch(new RegExp(said, 'iu'));
  });

  it('can be Markdown, to be read', () => {
    const { text, name, type } = exportMarkdown(A, Date.UTC(2026, 6, 3));
    expect([name, type]).toEqual(['manyhands-sky-2026-07-03.md', 'text/markdown']);
    expect(text).toContain('# Sky');
    expect(text).toContain('## You\n\nWhy is the sky blue?\n\n## Pip\n\nBecause.');
  });
});

describe('the list', () => {
  it('names conversations after their first question until a person does', () => {
    expect(titleOf(A)).toBe('Sky');
    expect(titleOf(B)).toBe('Tell me');
    expect(titleOf({ title: '', turns: [] })).toBe('Untitled');
  });

  it('groups by day', () => {
    const now = new Date(2026, 6, 3, 0, 10).getTime();
    const hour = 3_600_000;
    expect(describeDay(now, now)).toBe('Today');
    expect(describeDay(now - hour, now)).toBe('Yesterday');
    expect(describeDay(now - 48 * hour, now)).toBe('Wednesday');
    expect(describeDay(now - 24 * 7 * hour, now)).toBe('26 June 2026');
    expect(groupByDay([A, B], 2_000)).toMatchObject([{ label: 'Today', records: [A, B] }]);
  });

  it('finds every word in titles and texts, and marks them', () => {
    const find = (query: string) => searchConversations([A, B], query);
    expect(find('BLUE sky').map(({ record }) => record.id)).toEqual([A.id]);
    expect(find('blue')[0]?.excerpt.filter(({ isHit }) => isHit)).toEqual([
      { text: 'blue', isHit: true },
    ]);
    expect(find('sky')[0]?.title).toEqual([{ text: 'Sky', isHit: true }]);
    expect(find('(x)? *').map(({ record }) => record.id)).toEqual([B.id]);
    expect(find('blue istanbul')).toEqual([]);
    expect(find('  ')).toEqual([]);
  });

  it('is searched in a moment with a thousand long conversations', () => {
    const reply = 'many hands make light work '.repeat(400);
    const many = Array.from({ length: 1_000 }, (_, index) =>
      conversationRecord(`r${index}`, { reply, ask: index === 999 ? 'the needle' : 'hay' }),
    );
    // More than once: a busy machine may take its time from one search, hardly from each.
    const tookMs = [1, 2, 3].map(() => {
      const startedMs = performance.now();
      expect(searchConversations(many, 'needle')).toHaveLength(1);
      return performance.now() - startedMs;
    });
    expect(Math.min(...tookMs)).toBeLessThan(500);
  });
});
