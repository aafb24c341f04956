import { reportError } from '@manyhands/peer/error-report';
import type { Report } from '@manyhands/swarm/reports';
import { type ReadonlySignal, signal } from '@preact/signals';
import type { AnswerView } from './answer-view.ts';
import type { Connection } from './connection.ts';
import { REPORT_NOTE_CHARS_MAX, REPORT_PEERS_MAX, REPORT_TEXT_CHARS_MAX } from './limits.ts';

export const REPORT_REASONS = ['wrong', 'harmful', 'private', 'other'] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

/** What a person reports: an answer, and the question it is to. */
export interface Reported {
  readonly question: string;
  readonly answer: AnswerView;
  readonly modelRoot: string;
}

export interface ReportDraft {
  readonly reason: ReportReason;
  readonly note: string;
  /** Sends question and answer along, which the relay cannot read otherwise. */
  readonly includesText: boolean;
}

export type ReportState =
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'writing' | 'sending' | 'sent' | 'unsupported' | 'refused';
      readonly reported: Reported;
    }
  | { readonly kind: 'failed'; readonly reported: Reported; readonly code: string };

/** Telling the operator of the relay about an answer. */
export interface ReportDesk {
  readonly state: ReadonlySignal<ReportState>;
  open(reported: Reported): void;
  close(): void;
  send(draft: ReportDraft): Promise<void>;
}

export function createReportDesk(connection: Pick<Connection, 'peer'>): ReportDesk {
  const state = signal<ReportState>({ kind: 'closed' });
  return {
    state,
    open: (reported) => {
      state.value = { kind: 'writing', reported };
    },
    close: () => {
      state.value = { kind: 'closed' };
    },
    async send(draft) {
      const before = state.value;
      if (before.kind === 'closed' || before.kind === 'sending') return;
      const { reported } = before;
      const sending: ReportState = { kind: 'sending', reported };
      state.value = sending;
      const show = (next: ReportState): void => {
        // Closed meanwhile, or opened for another answer.
        if (state.value === sending) state.value = next;
      };
      try {
        const peer = await connection.peer();
        show({ kind: await peer.report(composeReport(reported, draft)), reported });
      } catch (cause) {
        show({ kind: 'failed', reported, code: reportError(cause).code });
      }
    },
  };
}

const BETWEEN = '\n\n---\n\n';

/** What is sent, cut to what a relay takes. */
export function composeReport(reported: Reported, draft: ReportDraft): Report {
  const note = draft.note.trim().slice(0, REPORT_NOTE_CHARS_MAX);
  const { question, answer, modelRoot } = reported;
  const room = REPORT_TEXT_CHARS_MAX - BETWEEN.length;
  // A question that fills all of it would leave nothing of what is reported.
  const asked = question.slice(0, Math.max(Math.floor(room / 2), room - answer.text.length));
  const text = `${asked}${BETWEEN}${answer.text}`.slice(0, REPORT_TEXT_CHARS_MAX);
  return {
    reason: draft.reason,
    modelRoot,
    peerIds: [...new Set(answer.chain.map(({ peerId }) => peerId))].slice(0, REPORT_PEERS_MAX),
    ...(note !== '' && { note }),
    ...(draft.includesText && { text }),
  };
}
