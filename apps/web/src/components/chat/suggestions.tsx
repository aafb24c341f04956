import { useSite } from '../site-context.ts';

/** The built-in model was made for questions like these. */
const SUGGESTIONS: readonly string[] = [
  'What is Manyhands?',
  'How does my prompt travel through the network?',
  'Is my prompt private?',
  'Tell me a riddle.',
  'Why is the sky blue?',
  'Tell me a story about a robot named Max.',
];

/** An empty conversation: something to begin with. */
export function Suggestions() {
  const { chat, tiers } = useSite();
  const coverage = chat.model.value?.coverage;
  const isAlone = tiers.tier.value === 'local';
  return (
    <div class="suggestions">
      <p class="suggestions-title">
        {isAlone ? 'Ask this tab something.' : 'Ask the many hands something.'}
      </p>
      {coverage?.state !== 'none' || isAlone ? null : <NobodyYet />}
      <ul>
        {SUGGESTIONS.map((text) => (
          <li key={text}>
            <button
              type="button"
              class="suggestion"
              disabled={chat.obstacle.value !== ''}
              onClick={() => chat.send(text)}
            >
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function NobodyYet() {
  const { tiers } = useSite();
  return tiers.tier.value === 'circle' ? (
    <p class="suggestions-hint">
      No member runs this model right now. <a href="#/contribute">Contribute this tab</a>, or ask a
      member to; one tab is enough for a small model.
    </p>
  ) : (
    <p class="suggestions-hint">
      Nobody runs this model right now. <a href="#/contribute">Contribute this tab</a>, or open
      another one and press Contribute there; one is enough for a small model.
    </p>
  );
}
