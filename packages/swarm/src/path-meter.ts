import type { LinkPath } from '@manyhands/protocol/peer-message';
import { PATH_AGE_MS_MAX } from './limits.ts';

/** How a connection goes at the moment, where the browser tells. */
export interface ConnectionPath {
  /** What lies between, where that is known. */
  readonly path: LinkPath | undefined;
  /** ICE measures it every few seconds. */
  readonly roundTripMs: number | undefined;
  /**
   * Share of ICE's checks that were not answered since this path was first looked at. It stands for the
   * packets of the channels, which are sent again without a word: no browser counts them.
   */
  readonly lossShare: number | undefined;
}

/** Reports cost milliseconds of the page: callers within a second share one. */
export function createPathMeter(
  pc: Pick<RTCPeerConnection, 'getStats'>,
  nowMs: () => number = () => performance.now(),
): () => Promise<ConnectionPath> {
  let first: Checks | undefined;
  let measured: Promise<ConnectionPath> | undefined;
  let measuredAtMs = 0;
  return () => {
    if (measured === undefined || nowMs() - measuredAtMs >= PATH_AGE_MS_MAX) {
      measuredAtMs = nowMs();
      measured = measure(pc).then(({ checks, ...path }) => {
        // Before a path works, checks are lost because the other side is not ready.
        if (first?.pairId !== checks?.pairId) first = checks;
        return { ...path, lossShare: lossBetween(first, checks) };
      });
    }
    return measured;
  };
}

/** Counts of one candidate pair. */
interface Checks {
  readonly pairId: string;
  readonly sent: number;
  readonly answered: number;
}

async function measure(
  pc: Pick<RTCPeerConnection, 'getStats'>,
): Promise<Omit<ConnectionPath, 'lossShare'> & { readonly checks: Checks | undefined }> {
  const reports = new Map<string, StatsReport>();
  (await pc.getStats()).forEach((report: StatsReport) => {
    reports.set(report.id, report);
  });
  const all = [...reports.values()];
  const transport = all.find((one) => one.type === 'transport' && one.selectedCandidatePairId);
  const pair =
    reports.get(transport?.selectedCandidatePairId ?? '') ??
    all.find((one) => one.type === 'candidate-pair' && (one.selected || one.nominated));
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId];
  const isRelayed = ends.some((id) => reports.get(id ?? '')?.candidateType === 'relay');
  const seconds = pair?.currentRoundTripTime;
  return {
    path: pair === undefined ? undefined : isRelayed ? 'turn' : 'direct',
    roundTripMs: seconds === undefined ? undefined : seconds * 1_000,
    checks: checksOf(pair),
  };
}

/** Chrome counts checks before and after the first answer apart; Firefox counts none. */
function checksOf(pair: StatsReport | undefined): Checks | undefined {
  const { requestsSent, consentRequestsSent = 0, responsesReceived } = pair ?? {};
  if (!pair || requestsSent === undefined || responsesReceived === undefined) return undefined;
  const sent = requestsSent + consentRequestsSent;
  return { pairId: pair.id, sent, answered: responsesReceived };
}

function lossBetween(first: Checks | undefined, last: Checks | undefined): number | undefined {
  if (first === undefined || last === undefined || last.sent === first.sent) return undefined;
  const sent = last.sent - first.sent;
  // The last one may still be under way.
  return Math.max(0, sent - 1 - (last.answered - first.answered)) / sent;
}

/** The fields used of the several kinds of reports; TypeScript types `getStats` as `any`. */
interface StatsReport {
  readonly id: string;
  readonly type: string;
  readonly selectedCandidatePairId?: string;
  readonly selected?: boolean;
  readonly nominated?: boolean;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly candidateType?: string;
  readonly currentRoundTripTime?: number;
  readonly requestsSent?: number;
  readonly consentRequestsSent?: number;
  readonly responsesReceived?: number;
}
