import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { privacySentence } from '../../state/privacy.ts';
import { t } from '../../strings/language.ts';
import { AttachIcon, EyeIcon, SendIcon, StopIcon } from '../icon.tsx';
import { loadMarkdown } from '../markdown/markdown.tsx';
import { useSite } from '../site-context.ts';
import { ComposerFiles } from './composer-files.tsx';
import { useAutosize } from './use-autosize.ts';
import { useFileDrop } from './use-file-drop.ts';

/** What Safari still calls a key that only ends a composition, when `isComposing` is over already. */
const COMPOSING_KEY = 229;

/** The input. Enter sends, Shift+Enter breaks the line; what is at stake stands right below. */
export function Composer() {
  const { composer, paths, tiers } = useSite();
  const input = useRef<HTMLTextAreaElement>(null);
  const isDropping = useFileDrop(composer.add);
  const focus = (): void => input.current?.focus({ preventScroll: true });
  useEffect(() => {
    // By the time somebody has written a question, answers can be drawn.
    void loadMarkdown();
    // On a phone this would open the keyboard over the page somebody came to read.
    if (matchMedia('(pointer: fine)').matches) focus();
  }, []);
  const send = (): void => {
    composer.send();
    focus();
  };
  const obstacle = composer.obstacle.value;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <ComposerFiles onRemoved={focus} />
      <div class={`composer-box ${isDropping.value ? 'is-dropping' : ''}`}>
        <AttachButton onPicked={focus} />
        <MessageBox input={input} send={send} />
        <SendButton />
        {isDropping.value ? (
          <p class="composer-drop">
            <AttachIcon /> {t('chat.composer.drop')}
          </p>
        ) : null}
      </div>
      <MessageLength />
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

function MessageBox(props: {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly send: () => void;
}) {
  const { chat, composer } = useSite();
  const text = chat.prompt.value;
  useAutosize(props.input, text);
  return (
    <textarea
      ref={props.input}
      data-testid="chat-input"
      aria-label={t('chat.composer.label')}
      aria-describedby="privacy-sentence"
      placeholder={t('chat.composer.placeholder')}
      rows={1}
      value={text}
      onInput={(event) => {
        chat.prompt.value = event.currentTarget.value;
      }}
      onPaste={(event) => {
        const files = [...(event.clipboardData?.files ?? [])];
        // A table copied from a program comes as text and as a picture: the text is meant.
        if (files.length === 0 || event.clipboardData?.types.includes('text/plain')) return;
        event.preventDefault();
        void composer.add(files);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.shiftKey) return;
        // While a word is being composed, Enter belongs to the input method.
        if (event.isComposing || event.keyCode === COMPOSING_KEY) return;
        event.preventDefault();
        props.send();
      }}
    />
  );
}

function AttachButton({ onPicked }: { readonly onPicked: () => void }) {
  const { composer } = useSite();
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="button-icon composer-attach"
        aria-label={t('chat.composer.attach')}
        title={t('chat.composer.attach')}
        onClick={() => picker.current?.click()}
      >
        <AttachIcon />
      </button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        data-testid="chat-attach"
        onChange={({ currentTarget }) => {
          void composer.add([...(currentTarget.files ?? [])]);
          // So that the same file can be chosen again after it was changed.
          currentTarget.value = '';
          onPicked();
        }}
      />
    </>
  );
}

function SendButton() {
  const { chat, composer } = useSite();
  return chat.isAnswering.value ? (
    <button
      type="button"
      class="button button-round button-danger"
      data-testid="chat-stop"
      aria-label={t('chat.composer.stop')}
      title={t('chat.composer.stop')}
      onClick={chat.stop}
    >
      <StopIcon />
    </button>
  ) : (
    <button
      type="submit"
      class="button button-round button-primary"
      data-testid="chat-send"
      aria-label={t('chat.composer.send')}
      title={t('chat.composer.send')}
      disabled={!composer.isReady.value}
    >
      <SendIcon />
    </button>
  );
}

/** Not announced while it counts; what is in the way of sending is. */
function MessageLength() {
  const { composer } = useSite();
  const length = composer.length.value;
  if (length === undefined) return null;
  return (
    <p class={`composer-length ${length.isOver ? 'is-over' : ''}`} data-testid="chat-length">
      <span>{length.text}</span>
      {length.warning === '' ? null : <span class="composer-warning">{length.warning}</span>}
    </p>
  );
}
