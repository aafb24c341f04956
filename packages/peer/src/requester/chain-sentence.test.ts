import { expect, it } from 'vitest';
import { writeChainReason } from './chain-sentence.ts';

it.each([
  [
    { code: 'alone', hasChoice: true, predictedMs: 240 },
    'One volunteer runs the whole model, and more stages would not be faster: about 4.2 tokens/s expected.',
  ],
  [{ code: 'spread', stageCount: 3 }, 'Spread over 3 volunteers as asked.'],
  [
    { code: 'together', stageCount: 2, aloneMs: 420, predictedMs: 60 },
    'These 2 volunteers are faster together than one alone (about 2.4 tokens/s): about 17 tokens/s expected.',
  ],
  [
    { code: 'together', stageCount: 2, aloneMs: 420, predictedMs: 500 },
    'These 2 volunteers seemed faster together than one alone (about 2.4 tokens/s): about 2.0 tokens/s expected.',
  ],
  [
    { code: 'none-alone', stageCount: 3, sharesIdentity: true },
    'No volunteer can run the whole model: these 3 are the fastest that cover it. Several stages are tabs of one browser profile, which leave together: nothing else covers the model.',
  ],
  [{ code: 'repaired', newCount: 1 }, 'Another volunteer takes the lost blocks; the others go on.'],
] as const)('a reason reads as a sentence: %o', (reason, sentence) => {
  expect(writeChainReason(reason)).toBe(sentence);
});
