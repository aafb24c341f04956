import type { ReportAnswer } from '@manyhands/swarm/reports';
import { describe, expect, it } from 'vitest';
import { createReporter } from './report.ts';

describe('a report', () => {
  it.each([
    ['taken', 'sent'],
    ['off', 'refused'],
    ['too-many', 'refused'],
    ['full', 'refused'],
    ['unsupported', 'unsupported'],
  ] as [ReportAnswer, string][])('that is %s is %s', async (answer, told) => {
    const { report } = createReporter({ report: async () => answer });
    expect(await report({ reason: 'other', modelRoot: 'ab'.repeat(32), peerIds: [] })).toBe(told);
  });
});
