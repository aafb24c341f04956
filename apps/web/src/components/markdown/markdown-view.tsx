import { useMemo } from 'preact/hooks';
import type { MarkdownProps } from './markdown.tsx';
import { createMarkdownStream, type MarkdownToken } from './parse-markdown.ts';
import { renderBlock } from './render-token.tsx';

/** An answer's text as elements. While it grows only its last blocks are parsed and drawn again. */
export function MarkdownView({ text, isFinal }: MarkdownProps) {
  const stream = useMemo(createMarkdownStream, []);
  const tokens = useMemo(() => stream.update(text, isFinal), [stream, text, isFinal]);
  return (
    <div class="markdown">
      {tokens.map((token, index) => (
        // Blocks are only ever appended, so their place is their identity.
        <Block key={index} token={token} />
      ))}
    </div>
  );
}

function Block({ token }: { readonly token: MarkdownToken }) {
  return useMemo(() => renderBlock(token), [token]);
}
