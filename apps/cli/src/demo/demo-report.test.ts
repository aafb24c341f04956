import type { Answer } from '@manyhands/peer/requester/answer';
import { describe, expect, it } from 'vitest';
import { describeDemo, NO_PREDICTION, reportAnswer } from './demo-report.ts';

const answer: Answer = {
  text: 'Hello',
  tokenIds: [1, 2, 3, 4],
  finishReason: 'length',
  chain: [
    { peerId: 'a', firstBlock: 0, endBlock: 3, embeds: true, heads: false },
    { peerId: 'b', firstBlock: 3, endBlock: 5, embeds: false, heads: true },
  ],
  links: [
    { from: 'me', to: 'a', direct: true, path: 'direct', bytesSent: 400 },
    { from: 'a', to: 'b', direct: false, path: 'turn', bytesSent: 4096 },
  ],
  stats: { promptTokens: 2, ttftMs: 12.6, decodeTokensPerSecond: 7.25, repairs: 0 },
};

describe('the report of a demo', () => {
  it('has exactly the documented fields', () => {
    expect(reportAnswer(answer, { chosenMs: 125, openMs: 100 })).toEqual({
      text: 'Hello',
      tokenIds: [1, 2, 3, 4],
      chain: answer.chain,
      ttftMs: 12.6,
      decodeTokensPerSecond: 7.25,
      chosenTokensPerSecond: 8,
      predictedTokensPerSecond: 10,
      links: answer.links,
    });
  });

  it('says null for what was not measured', () => {
    const stats = { promptTokens: 2, repairs: 0 };
    expect(reportAnswer({ ...answer, stats }, NO_PREDICTION)).toMatchObject({
      ttftMs: null,
      decodeTokensPerSecond: null,
      chosenTokensPerSecond: null,
      predictedTokensPerSecond: null,
    });
  });

  it('names tabs, blocks, links and speed for people', () => {
    const text = describeDemo(reportAnswer(answer, { chosenMs: 125, openMs: 100 }), 'me');
    expect(text).toContain('volunteer 1  embedding, blocks 0 to 2  (a)');
    expect(text).toContain('volunteer 2  blocks 3 to 4, head  (b)');
    expect(text).toContain('requester -> volunteer 1  400 bytes, 100 a token, direct');
    expect(text).toContain('volunteer 1 -> volunteer 2  4096 bytes, 1024 a token, through a TURN');
    expect(text).toContain('13 ms');
    expect(text).toContain('7.3 tokens/s');
    expect(text).toContain('10.0 tokens/s, 8.0 tokens/s before the links were measured');
  });
});
