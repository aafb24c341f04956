import { type CheckResult, found, VERDICTS } from '@manyhands/peer/preflight/check';
import { describe, expect, it } from 'vitest';
import { createSiteDouble } from '../testing/site-double.ts';
import {
  createPreflight,
  describeFinding,
  describePreflight,
  describeRemedy,
  reachIceServers,
} from './preflight.ts';

const ok: CheckResult = { id: 'compute', level: 'ok', finding: 'simd' };
const warning: CheckResult = { id: 'gpu', level: 'warning', finding: 'no-webgpu' };
const problem: CheckResult = { id: 'webrtc', level: 'problem', finding: 'webrtc-blocked' };
const unknown: CheckResult = { id: 'nat', level: 'unknown', finding: 'no-relay' };

describe('a preflight', () => {
  it.each([
    [[], 'busy', 'This browser was not looked at yet.'],
    [[unknown, ok], 'good', 'This browser can contribute.'],
    [[ok, warning, unknown], 'warning', 'This browser can contribute; 1 thing could be better.'],
    [[ok, warning, problem], 'bad', 'This browser cannot contribute yet: 1 problem.'],
  ] as const)('%# is one line', (results, tone, summary) => {
    expect(describePreflight(results, false)).toMatchObject({ tone, summary });
  });

  it('lists what is in the way first', () => {
    const { results } = describePreflight([unknown, ok, warning, problem], false);
    expect(results.map(({ level }) => level)).toEqual(['problem', 'warning', 'ok', 'unknown']);
  });

  it('says what to do about every problem and every warning', () => {
    const findings = Object.keys(VERDICTS) as (keyof typeof VERDICTS)[];
    for (const finding of findings) {
      const { level } = VERDICTS[finding];
      if (level === 'problem' || level === 'warning') {
        expect(describeRemedy({ finding }), finding).toMatch(/.{10}/);
      }
    }
    expect(describeRemedy({ finding: 'simd' })).toBeUndefined();
  });

  it('writes what was measured into the sentence', () => {
    expect(describeFinding(found('little-room', { freeBytes: 5e8 }))).toBe(
      'Only 500 MB are free for this site.',
    );
    expect(describeFinding(found('gpu', { name: '' }))).toBe('The GPU can be used (unnamed).');
    expect(describeFinding(found('memory', { memoryGb: 8 }))).toContain('8 GB');
  });

  it('shows the results of the last run, whichever ends first, and survives a failed one', async () => {
    const ends: ((results: readonly CheckResult[]) => void)[] = [];
    const preflight = createPreflight(() => new Promise((resolve) => ends.push(resolve)));
    const [first, second] = [preflight.run('quiet'), preflight.run('thorough')];
    ends[1]?.([problem]);
    await second;
    ends[0]?.([ok]);
    await first;
    expect(preflight.results.value).toEqual([problem]);
    expect(preflight.isRunning.value).toBe(false);
    const broken = createPreflight(() => Promise.reject(new Error('No code.')));
    await broken.run('quiet');
    expect(broken.isRunning.value).toBe(false);
  });
});

describe('the servers that the relay names', () => {
  it('are waited for where a person asked, and else taken as they are', async () => {
    const { site } = await createSiteDouble();
    const { connection } = site;
    expect(await reachIceServers(connection, 0)).toEqual([]);
    connection.close();
    expect(await reachIceServers(connection, 0)).toBeUndefined();
    expect(connection.status.value.state).toBe('off');
    expect(await reachIceServers(connection, 1_000)).toEqual([]);
  });

  it('are unknown where the relay is not reached', async () => {
    const { site } = await createSiteDouble();
    const { status, iceServers } = site.connection;
    site.connection.close();
    const peer = () => new Promise<never>(() => undefined);
    expect(await reachIceServers({ status, iceServers, peer }, 1)).toBeUndefined();
  });
});
