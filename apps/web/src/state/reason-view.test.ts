import { afterEach, describe, expect, it } from 'vitest';
import { showLanguage } from '../strings/language.ts';
import {
  describeBackendReason,
  describeChainReason,
  describeMissingForChain,
  describePlacement,
  describeRecoveryReason,
} from './reason-view.ts';

afterEach(() => showLanguage('en'));

const TOGETHER = { code: 'together', stageCount: 2, aloneMs: 400, predictedMs: 100 } as const;
const MISSING = { missingBlocks: [3, 4], missesEmbedding: false, missesHead: true, message: '' };

describe('reasons', () => {
  it('are sentences in the language that is shown', async () => {
    expect(describeChainReason(TOGETHER)).toBe(
      'These 2 volunteers are faster together than one alone (about 2.5 tokens/s). About 10 tokens/s expected.',
    );
    await showLanguage('de');
    expect(describeChainReason(TOGETHER)).toBe(
      'Diese 2 Tabs sind zusammen schneller als einer allein (etwa 2,5 Token/s). Erwartet werden etwa 10 Token/s.',
    );
    expect(describePlacement({ code: 'whole', copies: 1 }, 'Pip')).toBe(
      'Pip passt ganz in diesen Tab, Antworten brauchen also keinen anderen. Da gab es 1 vollständige Kopie.',
    );
  });

  it('take back what a measurement disproved, and warn of tabs that leave together', () => {
    const slow = describeChainReason({ ...TOGETHER, predictedMs: 500, sharesIdentity: true });
    expect(slow).toContain('seemed faster together');
    expect(slow).toContain('one browser profile');
  });

  it('of a repair count who came', () => {
    expect(describeChainReason({ code: 'repaired', newCount: 1 })).toMatch(/^Another volunteer/);
    expect(describeChainReason({ code: 'repaired', newCount: 3 })).toMatch(/^3 other volunteers/);
  });

  it('name what an answer waits for', () => {
    expect(describeMissingForChain({ code: 'not-covered', ...MISSING })).toBe(
      'Nobody holds blocks 3–4 and the head.',
    );
    expect(describeMissingForChain({ code: 'only-blocked', ...MISSING })).toContain('blocked');
  });

  it('of what computes say what was found, without the words of the engine', () => {
    const measured = { code: 'measured', gpuMs: 0.512, processorMs: 12 } as const;
    expect(describeBackendReason(measured, 'webgpu')).toBe(
      'Measured just now: 0.51 ms with the GPU, 12 ms with the processor.',
    );
    const problem = { code: 'no-webgpu', message: 'navigator.gpu is undefined' };
    expect(describeBackendReason({ code: 'no-gpu', problem }, 'wasm')).toBe(
      'No GPU can be used: This browser has no WebGPU.',
    );
    expect(describeBackendReason({ code: 'chosen' }, 'wasm')).toBe('You chose the processor.');
  });

  it('of what is held give the figures it was chosen by, or the words of an older relay', () => {
    expect(describePlacement({ code: 'thinnest', copies: 0 }, 'Pip')).toContain('nobody held some');
    expect(describePlacement({ code: 'fastest', copies: 2, tokensPerSecond: 1 }, 'Pip')).toBe(
      'Pip does not fit whole. These blocks help most: each was held 2 times or more then. It was expected to add about 1 token/s.',
    );
    expect(describePlacement({ code: 'told', text: 'So.' }, 'Pip')).toBe('So.');
  });

  it('of a setback say how much less is held', () => {
    const shrunk = { blockCount: 1, blockCountBefore: 2 };
    expect(describeRecoveryReason({ code: 'device-lost', shrunk })).toBe(
      'The GPU was taken away. It now holds 1 block instead of 2.',
    );
  });
});
