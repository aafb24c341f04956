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
      {coverage?.state === 'none' && !isAlone ? (
        <p class="suggestions-hint">
          {tiers.tier.value === 'circle' ? 'No member' : 'Nobody'} runs this model right now.{' '}
          <a href="#/contribute">Contribute this tab</a>, or open another one and press Contribute
          there; one is enough for a small model.
        </p>
      ) : null}
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
