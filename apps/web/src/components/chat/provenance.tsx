import type { AssistantTurn } from '../../state/conversation.ts';
import { listFacts, writeProvenance } from '../../state/provenance.ts';
import { t } from '../../strings/language.ts';
import { CopyButton } from '../copy-button.tsx';

/** How an answer was made, in facts: which file, what it was computed with, how fast, by which chance. */
export function Provenance({ turn }: { readonly turn: AssistantTurn }) {
  const answer = turn.answer.value;
  return (
    <details class="provenance" data-testid="provenance">
      <summary>{t('answers.details.title')}</summary>
      <dl>
        {listFacts(answer, turn.modelName).map(({ key, name, value }) => (
          <div key={key}>
            <dt>{name}</dt>
            <dd class={key === 'root' ? 'hash' : undefined}>
              {value}
              {key === 'root' ? <span class="hint">{t('answers.details.rootHint')}</span> : null}
            </dd>
          </div>
        ))}
      </dl>
      <CopyButton
        text={writeProvenance(answer, turn.modelName)}
        label={t('answers.details.copy')}
      />
    </details>
  );
}
