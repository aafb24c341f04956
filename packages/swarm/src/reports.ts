import {
  REPORT_NOTE_LENGTH_MAX,
  REPORT_PEERS_MAX,
  REPORT_TEXT_LENGTH_MAX,
} from '@manyhands/protocol/limits';
import type {
  FromRelayOf,
  Report as ReportMessage,
  ReportOutcome,
  ToRelay,
} from '@manyhands/protocol/relay-message';
import { SwarmError } from './error.ts';
import { REPORT_TIMEOUT_MS, REPORTS_MAX } from './limits.ts';
import type { SocketHost } from './socket.ts';

/** What a person says about an answer, and what of it they chose to show. */
export type Report = Readonly<Omit<ReportMessage, 'type' | 'requestId' | 'peerIds'>> & {
  readonly peerIds: readonly string[];
};

/** `unsupported`: the relay is of a version without reports. */
export type ReportAnswer = ReportOutcome | 'unsupported';

/** Reports to the operator of a relay, each answered, failed or timed out; none is sent twice. */
export interface Reports {
  send(report: Report): Promise<ReportAnswer>;
  take(reported: FromRelayOf<'reported'>): void;
  /** The relay is gone: what waited for it may have arrived or not. */
  fail(error: SwarmError): void;
}

interface Pending {
  resolve(answer: ReportAnswer): void;
  reject(error: SwarmError): void;
}

export function createReports(options: {
  readonly host: Pick<SocketHost, 'setTimer'>;
  /** Returns false where no relay is connected, or none that knows the message. */
  send(message: ToRelay): boolean;
  isConnected(): boolean;
}): Reports {
  const { host, send, isConnected } = options;
  const pending = new Map<number, Pending>();
  let requestCount = 0;

  return {
    async send(report) {
      if (pending.size >= REPORTS_MAX) {
        throw new SwarmError('over-limit', 'Too many reports at a time; wait for one.');
      }
      const requestId = requestCount++ % 0xffff_ffff;
      if (!send({ type: 'report', requestId, ...fitting(report) })) {
        if (isConnected()) return 'unsupported';
        throw new SwarmError('relay-unreachable', 'The relay cannot be reached now; try again.');
      }
      return new Promise<ReportAnswer>((resolve, reject) => {
        const finish = () => {
          pending.delete(requestId);
          cancelTimer();
        };
        const late = () => fail(new SwarmError('relay-unreachable', NO_ANSWER));
        const cancelTimer = host.setTimer(late, REPORT_TIMEOUT_MS);
        const fail = (error: SwarmError) => {
          finish();
          reject(error);
        };
        pending.set(requestId, {
          resolve(answer) {
            finish();
            resolve(answer);
          },
          reject: fail,
        });
      });
    },
    take: ({ requestId, outcome }) => pending.get(requestId)?.resolve(outcome),
    fail(error) {
      for (const one of [...pending.values()]) one.reject(error);
    },
  };
}

const NO_ANSWER = 'The relay did not say whether it took the report; try again later.';

/** Cut to what a message may carry: a long answer is better reported in part than not at all. */
function fitting({ reason, modelRoot, peerIds, note, text }: Report) {
  const shortNote = plain(note, REPORT_NOTE_LENGTH_MAX);
  const shortText = plain(text, REPORT_TEXT_LENGTH_MAX);
  return {
    reason,
    modelRoot,
    peerIds: peerIds.slice(0, REPORT_PEERS_MAX),
    ...(shortNote && { note: shortNote }),
    ...(shortText && { text: shortText }),
  };
}

/** Without what takes six bytes in JSON, so that the number of letters bounds the message. */
function plain(text: string | undefined, lengthMax: number): string | undefined {
  return text
    ?.slice(0, lengthMax)
    .replace(/[\p{Cc}\p{Cs}]/gu, (letter) => (/[\n\t]/.test(letter) ? letter : ''))
    .trim();
}
