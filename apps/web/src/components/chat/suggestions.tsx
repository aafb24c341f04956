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
  const { chat } = useSite();
  const coverage = chat.model.value?.coverage;
  return (
    <div class="suggestions">
      <p class="suggestions-title">Ask the many hands something.</p>
      {coverage?.state === 'none' ? (
        <p class="suggestions-hint">
          Nobody runs this model right now. <a href="#/contribute">Contribute this tab</a>, or open
          another one and press Contribute there; one is enough for a small model.
        </p>
      ) : null}
      <ul>
        {SUGGESTIONS.map((text) => (
          <li key={text}>
            <button
              type="button"
              class="suggestion"
              disabled={chat.model.value === undefined}
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
