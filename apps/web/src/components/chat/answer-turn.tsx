import { useLayoutEffect } from 'preact/hooks';
import {
  type AnswerView,
  describeAnswerPhase,
  describeRecovery,
  describeRouting,
  describeStats,
} from '../../state/answer-view.ts';
import type { AssistantTurn } from '../../state/conversation.ts';
import { describeMissingForChain } from '../../state/reason-view.ts';
import { t } from '../../strings/language.ts';
import { CopyButton } from '../copy-button.tsx';
import { AgainIcon } from '../icon.tsx';
import { Markdown } from '../markdown/markdown.tsx';
import { ErrorNotice } from '../notice.tsx';
import { useSite } from '../site-context.ts';
import { AnswerHistory } from './answer-history.tsx';
import { ChainDiagram } from './chain-diagram.tsx';
import { Provenance } from './provenance.tsx';
import { ReportButton } from './report-button.tsx';

export interface AnswerTurnProps {
  readonly turn: AssistantTurn;
  readonly isLast: boolean;
  readonly onGrow: () => void;
}

/** One answer: what is going on, its text, who computed it, and what went wrong. */
export function AnswerTurn({ turn, isLast, onGrow }: AnswerTurnProps) {
  const answer = turn.answer.value;
  useLayoutEffect(() => {
    if (isLast) onGrow();
  }, [answer, isLast, onGrow]);
  const isDone = answer.phase === 'done';
  return (
    <article class="turn turn-answer" aria-label={t('answers.by', { model: turn.modelName })}>
      <header class="turn-head">
        <span class="turn-model">{turn.modelName}</span>
        <span class={`turn-phase phase-${answer.phase}`} role="status">
          {describeAnswerPhase(answer)}
        </span>
        {answer.phase === 'prefill' && answer.prefill !== undefined ? (
          <progress max={answer.prefill.totalTokens} value={answer.prefill.doneTokens} />
        ) : null}
      </header>
      <div
        class={`answer-text ${isDone ? '' : 'is-growing'}`}
        data-testid="answer-text"
        data-finish={answer.finishReason}
      >
        {answer.text === '' ? null : <Markdown text={answer.text} isFinal={isDone} />}
      </div>
      {answer.repairs.length > 0 ? <Repairs answer={answer} /> : null}
      {answer.phase === 'waiting' && answer.waitsFor !== undefined ? (
        <p class="answer-waiting" data-testid="answer-waiting">
          {t('answers.waiting', { reason: describeMissingForChain(answer.waitsFor) })}
        </p>
      ) : null}
      {answer.error === undefined ? null : (
        <AnswerError turn={turn} error={answer.error} isLast={isLast} />
      )}
      {answer.chain.length > 0 ? (
        <ChainDiagram
          chain={answer.chain}
          links={answer.links}
          reason={describeRouting(answer)}
          isDone={isDone}
        >
          {isDone ? <Provenance turn={turn} /> : null}
        </ChainDiagram>
      ) : null}
      {isDone ? <AnswerFoot turn={turn} isLast={isLast} /> : null}
    </article>
  );
}

function AnswerFoot({ turn, isLast }: Pick<AnswerTurnProps, 'turn' | 'isLast'>) {
  const { chat } = useSite();
  const answer = turn.answer.value;
  // After an error the notice above offers what makes sense to try.
  const isRepeatable = isLast && answer.error === undefined;
  return (
    <footer class="turn-foot">
      <span class="answer-stats" data-testid="answer-stats">
        {describeStats(answer)}
      </span>
      <div class="turn-actions">
        {answer.text === '' ? null : <CopyButton text={answer.text} label={t('answers.copy')} />}
        <AnswerHistory turn={turn} isLast={isLast} />
        {isRepeatable ? (
          <button
            type="button"
            class="button-quiet"
            data-testid="chat-regenerate"
            onClick={() => chat.regenerate()}
          >
            <AgainIcon />
            <span>{t('answers.again')}</span>
          </button>
        ) : null}
        <ReportButton turn={turn} />
      </div>
    </footer>
  );
}

/** Who left while the text was written, as it happens. */
function Repairs({ answer }: { readonly answer: AnswerView }) {
  return (
    <ul class="repairs" data-testid="answer-recoveries" aria-live="polite">
      {answer.repairs.map((repair, index) => (
        <li key={index} title={`${repair.message} (${repair.code})`}>
          <AgainIcon />
          <span>{describeRecovery(repair)}</span>
        </li>
      ))}
    </ul>
  );
}

function AnswerError(props: {
  readonly turn: AssistantTurn;
  readonly error: NonNullable<AnswerView['error']>;
  readonly isLast: boolean;
}) {
  const { chat } = useSite();
  const { error, isLast } = props;
  // What is missing changes while the notice is on the page: it shows the present, not the past.
  const coverage = chat.model.value?.coverage;
  const isGap = error.code === 'not-covered' || error.code === 'chain-lost';
  const detail =
    isGap && coverage?.state === 'partial'
      ? { detail: t('answers.nobodyHolds', { what: coverage.missing }) }
      : {};
  const handlers = isLast
    ? {
        retry: () => chat.regenerate(),
        'without-history': () => chat.regenerate({ withoutHistory: true }),
        'new-conversation': chat.clear,
      }
    : {};
  return <ErrorNotice error={error} handlers={handlers} {...detail} />;
}
