import { t } from '../../strings/language.ts';
import { Rich } from '../rich.tsx';
import { useSite } from '../site-context.ts';

/** The built-in model was made for questions like these. */
const SUGGESTIONS = ['what', 'how', 'private', 'riddle', 'sky', 'story'] as const;
const contribute = (words: string) => <a href="#/contribute">{words}</a>;

/** An empty conversation: something to begin with. */
export function Suggestions() {
  const { chat, tiers } = useSite();
  const coverage = chat.model.value?.coverage;
  const isAlone = tiers.tier.value === 'local';
  return (
    <div class="suggestions">
      <p class="suggestions-title">
        {t(isAlone ? 'chat.suggestions.titleAlone' : 'chat.suggestions.title')}
      </p>
      {coverage?.state !== 'none' || isAlone ? null : <NobodyYet />}
      <ul>
        {SUGGESTIONS.map((name) => (
          <li key={name} lang="en">
            <button
              type="button"
              class="suggestion"
              disabled={chat.obstacle.value !== ''}
              onClick={() => chat.send(t(`chat.suggestions.${name}`))}
            >
              {t(`chat.suggestions.${name}`)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function NobodyYet() {
  const { tiers } = useSite();
  const key = tiers.tier.value === 'circle' ? 'nobodyInCircle' : 'nobody';
  return (
    <p class="suggestions-hint">
      <Rich text={t(`chat.suggestions.${key}`)} parts={{ contribute }} />
    </p>
  );
}
