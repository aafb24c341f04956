import { t } from '../../strings/language.ts';
import { CopyButton } from '../copy-button.tsx';
import { findCodeLanguage, readLanguageTag } from './code-languages.ts';
import type { CodeSpan } from './highlight-code.ts';
import { useCodeSpans } from './use-code-spans.ts';

export interface CodeBlockProps {
  readonly text: string;
  /** What stands behind the opening fence. */
  readonly language: string;
}

/** Code with its language and a way to take it along. */
export function CodeBlock({ text, language }: CodeBlockProps) {
  const spans = useCodeSpans(text, language);
  const name = findCodeLanguage(language)?.name ?? readLanguageTag(language);
  return (
    <figure class="code-block">
      <figcaption>
        <span>{name === '' ? t('chat.code.text') : name}</span>
        <CopyButton text={text} label={t('chat.code.copy')} />
      </figcaption>
      {/* Long lines scroll: without a place in the tab order only a mouse could read their ends. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must take the focus. */}
      <pre tabIndex={0}>
        <code>
          {placeSpans(spans).map(({ text: piece, tone, start }) => (
            // By where it begins: an element that came to stand for another piece would have jumped there.
            <span key={start} class={tone && `code-${tone}`}>
              {piece}
            </span>
          ))}
        </code>
      </pre>
    </figure>
  );
}

/** Each piece with the count of characters before it. */
function placeSpans(spans: readonly CodeSpan[]): (CodeSpan & { readonly start: number })[] {
  let end = 0;
  return spans.map((span) => {
    const start = end;
    end += span.text.length;
    return { ...span, start };
  });
}
