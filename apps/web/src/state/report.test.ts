import { describe, expect, it } from 'vitest';
import { createPeerDouble } from '../testing/peer-double.ts';
import { NEW_ANSWER } from './answer-view.ts';
import { composeReport, createReportDesk, type Reported } from './report.ts';

const stage = { firstBlock: 0, endBlock: 2, embeds: true, heads: false };
const reported: Reported = {
  question: 'Why?',
  modelRoot: 'ab'.repeat(32),
  answer: {
    ...NEW_ANSWER,
    text: 'Because.',
    chain: [
      { ...stage, peerId: 'a.x' },
      { ...stage, peerId: 'b.y' },
      { ...stage, peerId: 'a.x' },
    ],
  },
};
const draft = { reason: 'wrong', note: '', includesText: false } as const;

describe('a report', () => {
  it('holds no text unless the person says so', () => {
    const report = composeReport(reported, { ...draft, note: ' nonsense ' });
    expect(report).toEqual({
      reason: 'wrong',
      modelRoot: reported.modelRoot,
      peerIds: ['a.x', 'b.y'],
      note: 'nonsense',
    });
    expect(JSON.stringify(report)).not.toContain('Because');
    const { text } = composeReport(reported, { ...draft, includesText: true });
    expect(text).toContain('Why?');
    expect(text).toContain('Because.');
  });

  it('is cut to what a relay takes', () => {
    const long = { ...reported, answer: { ...reported.answer, text: 'x'.repeat(30_000) } };
    const report = composeReport(long, { ...draft, note: 'y'.repeat(900), includesText: true });
    expect([report.note?.length, report.text?.length]).toEqual([500, 20_000]);
    expect(report.text?.startsWith('Why?\n')).toBe(true);
    const asked = { ...reported, question: 'q'.repeat(32_000) };
    const { text = '' } = composeReport(asked, { ...draft, includesText: true });
    expect([text.length, text.endsWith('q\n\n---\n\nBecause.')]).toEqual([20_000, true]);
  });

  it.each(['sent', 'refused', 'unsupported'] as const)('says that it is %s', async (outcome) => {
    const peer = { ...createPeerDouble(), report: async () => outcome };
    const desk = createReportDesk({ peer: async () => peer });
    desk.open(reported);
    await desk.send(draft);
    expect(desk.state.value).toEqual({ kind: outcome, reported });
  });

  it('can be sent again when no relay answered, and shows nothing once it is closed', async () => {
    const desk = createReportDesk({ peer: () => Promise.reject(new Error('gone')) });
    desk.open(reported);
    await desk.send(draft);
    expect(desk.state.value).toMatchObject({ kind: 'failed', reported });
    const second = desk.send(draft);
    expect(desk.state.value.kind).toBe('sending');
    desk.close();
    await second;
    expect(desk.state.value).toEqual({ kind: 'closed' });
  });
});
