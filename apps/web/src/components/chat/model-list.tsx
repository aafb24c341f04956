import type { ComponentChildren } from 'preact';
import type { ModelOption } from '../../state/model-choice.ts';
import { describeModel } from '../../state/model-facts.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** All models side by side: what they are, what they cost and how they stand. One is chosen here too. */
export function ModelList() {
  const { chat } = useSite();
  const chosen = chat.model.value;
  return (
    <fieldset class="model-list">
      <legend class="visually-hidden">{t('chat.model.list')}</legend>
      {chat.models.value.map((option) => (
        <ModelCard
          key={option.entry.id}
          option={option}
          isChosen={option.entry.id === chosen?.entry.id}
        />
      ))}
    </fieldset>
  );
}

function ModelCard({
  option,
  isChosen,
}: {
  readonly option: ModelOption;
  readonly isChosen: boolean;
}) {
  const { chat, modelSpeeds, tiers } = useSite();
  const { entry, coverage, isSelectable } = option;
  const speed = modelSpeeds.speeds.value.get(entry.modelRoot ?? '');
  const facts = describeModel(option, speed, tiers.scope.value);
  const id = `model-${entry.id}`;
  return (
    <div class="model-card" data-testid="model-card">
      <input
        id={id}
        type="radio"
        name="chat-model"
        value={entry.id}
        checked={isChosen}
        disabled={!isSelectable}
        aria-describedby={`${id}-facts`}
        onChange={() => chat.chooseModel(entry.id)}
      />
      <label class="model-card-name" for={id}>
        {entry.name}
      </label>
      <div class="model-card-body" id={`${id}-facts`}>
        <p>{entry.description}</p>
        <dl>
          <Fact name={t('chat.model.facts.size')}>{facts.size}</Fact>
          <Fact name={t('chat.model.facts.context')}>{facts.context}</Fact>
          <Fact name={t('chat.model.facts.speed')}>{facts.speed}</Fact>
          <Fact name={t('chat.model.facts.coverage')}>
            <span class={`dot coverage-${coverage.state}`} aria-hidden="true" /> {facts.coverage}
          </Fact>
          <Fact name={t('chat.model.facts.licence')}>
            {entry.licenceUrl === undefined ? (
              entry.licence
            ) : (
              <a href={entry.licenceUrl} target="_blank" rel="noopener noreferrer">
                {entry.licence}
              </a>
            )}
            {entry.notice === undefined ? null : <span class="fine"> {entry.notice}</span>}
          </Fact>
        </dl>
      </div>
    </div>
  );
}

function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
