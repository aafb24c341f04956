import { useEffect, useRef } from 'preact/hooks';
import { formatCount } from '../../state/format.ts';
import { PROMPT_CHARS_MAX } from '../../state/limits.ts';
import { privacySentence } from '../../state/privacy.ts';
import { EyeIcon, SendIcon, StopIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';

/** The input. Enter sends, Shift+Enter breaks the line; what is at stake stands right below. */
export function Composer() {
  const { chat, paths, tiers } = useSite();
  const input = useRef<HTMLTextAreaElement>(null);
  const text = chat.prompt.value;
  const obstacle = findObstacle(chat);
  const isReady = obstacle === '' && text.trim() !== '';
  useEffect(() => {
    // On a phone this would open the keyboard over the page somebody came to read.
    if (matchMedia('(pointer: fine)').matches) {
      input.current?.focus({ preventScroll: true });
    }
  }, []);
  const send = (): void => {
    // Reads the box, not the last drawing of it: Enter may come before the page was redrawn.
    if (chat.send(chat.prompt.value)) chat.prompt.value = '';
    input.current?.focus({ preventScroll: true });
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-box">
        <textarea
          ref={input}
          data-testid="chat-input"
          aria-label="Your message"
          aria-describedby="privacy-sentence"
          placeholder="Write a message"
          rows={1}
          value={text}
          onInput={(event) => {
            chat.prompt.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            // While a word is being composed, Enter belongs to the input method.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        {chat.isAnswering.value ? (
          <button
            type="button"
            class="button button-round button-danger"
            data-testid="chat-stop"
            aria-label="Stop (Escape)"
            title="Stop (Escape)"
            onClick={chat.stop}
          >
            <StopIcon />
          </button>
        ) : (
          <button
            type="submit"
            class="button button-round button-primary"
            data-testid="chat-send"
            aria-label="Send (Enter)"
            title="Send (Enter)"
            disabled={!isReady}
          >
            <SendIcon />
          </button>
        )}
      </div>
      {obstacle === '' ? null : (
        <p class="composer-obstacle" role="status">
          {obstacle}
        </p>
      )}
      <p class="privacy" id="privacy-sentence">
        <EyeIcon />
        <span data-testid="privacy">
          {privacySentence(tiers.tier.value, paths.settings.value.isRelayOnly)}
        </span>
      </p>
    </form>
  );
}

/** Why sending is impossible right now, in a sentence; empty when nothing is in the way. */
function findObstacle(chat: ReturnType<typeof useSite>['chat']): string {
  if (chat.prompt.value.length > PROMPT_CHARS_MAX) {
    return `A message may have ${formatCount(PROMPT_CHARS_MAX)} characters; this one has ${formatCount(chat.prompt.value.length)}.`;
  }
  if (chat.isFull.value) return 'This conversation is full: begin a new one.';
  if (Object.keys(chat.draftErrors.value).length > 0) return 'An advanced setting is wrong.';
  return chat.obstacle.value;
}
