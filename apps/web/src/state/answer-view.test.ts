import type { AnswerEvent } from '@manyhands/peer/requester/answer';
import { describe, expect, it } from 'vitest';
import {
  describeAnswerPhase,
  describeRecovery,
  describeStats,
  endAnswer,
  NEW_ANSWER,
  reduceAnswer,
} from './answer-view.ts';

const stage = { peerId: 'a.1', firstBlock: 0, endBlock: 8, embeds: true, heads: true };
const reason = { code: 'chain-lost', message: 'A tab was closed.' };
const begun: readonly AnswerEvent[] = [
  { type: 'routing', reason: { code: 'alone', hasChoice: false }, predictedMs: 80 },
  { type: 'chain', chain: [stage] },
  { type: 'prefill', doneTokens: 3, totalTokens: 9 },
  { type: 'token', tokenId: 1, text: 'Hel' },
  { type: 'token', tokenId: 2, text: 'lo' },
];
/** An event every 100 ms. */
const fold = (events: readonly AnswerEvent[]) =>
  events.reduce((view, event, index) => reduceAnswer(view, event, index * 100), NEW_ANSWER);

describe('an answer', () => {
  it('says what it is doing at every event', () => {
    const said = begun.map((_, index) => describeAnswerPhase(fold(begun.slice(0, index + 1))));
    expect(said).toEqual([
      'Choosing volunteers…',
      'Connecting to 1 volunteer…',
      'Reading the conversation… 3 of 9 tokens',
      'Writing…',
      'Writing… 10 tokens/s (12.5 predicted)',
    ]);
  });

  it('shows what is predicted by what was measured, without a change of phase', () => {
    const near = { code: 'spread', stageCount: 2 } as const;
    const measured: AnswerEvent = { type: 'prediction', reason: near, predictedMs: 50 };
    const view = fold([...begun, measured]);
    expect(view).toMatchObject({
      phase: 'writing',
      routingReason: near,
      predictedMs: 50,
    });
    expect(describeAnswerPhase(view)).toBe('Writing… 10 tokens/s (20 predicted)');
  });

  it('keeps its text through a repair and lists why', () => {
    const view = fold([...begun, { type: 'repair', attempt: 1, reason }]);
    expect(view).toMatchObject({
      phase: 'repairing',
      text: 'Hello',
      tokenCount: 2,
      repairs: [{ ...reason, peerIds: [], atMs: 500 }],
    });
  });

  it('says who left and how long it took, and measures the speed anew', () => {
    const lost: readonly AnswerEvent[] = [
      ...begun,
      { type: 'repair', attempt: 1, reason, peerIds: ['abcdefgh.xyz12'] },
    ];
    expect(fold(lost).repairs.map(describeRecovery)).toEqual(['abcd·xyz left. Others take over…']);
    const mended = fold([
      ...lost,
      { type: 'routing', reason: { code: 'repaired', newCount: 1 }, predictedMs: 200 },
      { type: 'chain', chain: [stage] },
      { type: 'token', tokenId: 3, text: '!' },
    ]);
    expect(mended.repairs.map(describeRecovery)).toEqual([
      'abcd·xyz left; others took over after 300 ms. The text goes on as it would have.',
    ]);
    expect(describeAnswerPhase(mended)).toBe('Writing…');
    const anonymous = { ...reason, peerIds: [], atMs: 0 };
    expect(describeRecovery(anonymous)).toBe('A volunteer left. Others take over…');
  });

  it('takes text, figures and error from the last event', () => {
    const view = fold([
      ...begun,
      {
        type: 'done',
        answer: {
          text: 'Hello',
          tokenIds: [1, 2],
          finishReason: 'failed',
          error: reason,
          chain: [],
          links: [],
          stats: {
            promptTokens: 9,
            draftedTokens: 4,
            acceptedTokens: 1,
            ttftMs: 320,
            decodeTokensPerSecond: 12.44,
            repairs: 1,
          },
        },
      },
    ]);
    expect(view).toMatchObject({ phase: 'done', error: reason, chain: [stage] });
    expect(describeStats(view)).toBe(
      '2 tokens · 12.4 tokens/s (12.5 predicted) · 1 guessed ahead · first token after 320 ms · 9 prompt tokens · 1 repair',
    );
  });

  it('keeps partial text when it ends without a last event, and never ends twice', () => {
    const ended = endAnswer(fold(begun), 'aborted');
    expect(ended).toMatchObject({ phase: 'done', text: 'Hello', finishReason: 'aborted' });
    expect(endAnswer(ended, 'failed', reason)).toBe(ended);
    expect(describeAnswerPhase(ended)).toBe('Stopped.');
  });
});
