import { describe, expect, it } from 'vitest';
import { createPathMeter } from './path-meter.ts';

type Report = Readonly<Record<string, unknown>> & { readonly id: string };

/** A browser's reports, as they were seen in Chrome and in Firefox. */
function reporting(...reports: readonly Report[]) {
  let callCount = 0;
  const getStats = async () => {
    callCount++;
    return new Map(reports.map((report) => [report.id, report])) as unknown as RTCStatsReport;
  };
  return {
    pc: { getStats } as Pick<RTCPeerConnection, 'getStats'>,
    get callCount() {
      return callCount;
    },
  };
}

const local = { id: 'L', type: 'local-candidate', candidateType: 'host' };
const remote = { id: 'R', type: 'remote-candidate', candidateType: 'srflx' };
const pair = { id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' };
const transport = { id: 'T', type: 'transport', selectedCandidatePairId: 'P' };

describe('path meter', () => {
  it('reads the round trip and the checks of the pair in use', async () => {
    const other = { ...pair, id: 'O', nominated: true, currentRoundTripTime: 9 };
    const used = { ...pair, currentRoundTripTime: 0.031 };
    const { pc } = reporting(other, used, transport, local, remote);
    expect(await createPathMeter(pc)()).toMatchObject({ path: 'direct', roundTripMs: 31 });
  });

  it('tells how many checks were lost since it first looked, on this path', async () => {
    let nowMs = 0;
    let counts: Report = { ...pair, requestsSent: 9, responsesReceived: 2 };
    const getStats = async () => new Map([['P', counts]]) as unknown as RTCStatsReport;
    const path = createPathMeter({ getStats }, () => nowMs);
    const lossAfter = async (sent: number, answered: number, id = 'P') => {
      nowMs += 1_000;
      const more = { consentRequestsSent: sent, responsesReceived: 2 + answered };
      counts = { ...counts, ...more, id, selected: true };
      return (await path()).lossShare;
    };
    expect(await lossAfter(0, 0)).toBeUndefined();
    expect(await lossAfter(0, 0)).toBeUndefined();
    expect(await lossAfter(10, 10)).toBe(0);
    // The last one is under way.
    expect(await lossAfter(11, 10)).toBe(0);
    expect(await lossAfter(20, 14)).toBe(5 / 20);
    expect(await lossAfter(20, 14, 'Q')).toBeUndefined();
    expect(await lossAfter(24, 18, 'Q')).toBe(0);
  });

  it.each([
    ['ours', { ...local, candidateType: 'relay' }, remote],
    ['theirs', local, { ...remote, candidateType: 'relay' }],
  ])('calls a path over a TURN server relayed: %s', async (_, ours, theirs) => {
    const { pc } = reporting(pair, transport, ours, theirs);
    expect((await createPathMeter(pc)()).path).toBe('turn');
  });

  it('says nothing where the browser does not', async () => {
    const { pc } = reporting({ ...pair, selected: true }, local, remote);
    const unknown = { roundTripMs: undefined, lossShare: undefined };
    expect(await createPathMeter(pc)()).toEqual({ path: 'direct', ...unknown });
    expect(await createPathMeter(reporting().pc)()).toEqual({ path: undefined, ...unknown });
  });

  it('asks the browser once a second at most', async () => {
    let nowMs = 5_000;
    const browser = reporting(pair, transport, local, remote);
    const path = createPathMeter(browser.pc, () => nowMs);
    await Promise.all([path(), path()]);
    nowMs += 999;
    await path();
    expect(browser.callCount).toBe(1);
    nowMs += 1;
    await path();
    expect(browser.callCount).toBe(2);
  });
});
