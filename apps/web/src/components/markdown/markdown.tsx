import { useMemo } from 'preact/hooks';
import { createMarkdownStream, type MarkdownToken } from './parse-markdown.ts';
import { renderBlock } from './render-token.tsx';

export interface MarkdownProps {
  readonly text: string;
  readonly isFinal: boolean;
}

/** An answer's text as elements. While it grows only its last blocks are parsed and drawn again. */
export function Markdown({ text, isFinal }: MarkdownProps) {
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
