import { CopyButton } from '../copy-button.tsx';

/** Code with its language and a way to take it along. */
export function CodeBlock({
  text,
  language,
}: {
  readonly text: string;
  readonly language: string;
}) {
  const name = /^[\w+#.-]{1,20}/.exec(language)?.[0] ?? 'text';
  return (
    <figure class="code-block">
      <figcaption>
        <span>{name}</span>
        <CopyButton text={text} label="Copy code" />
      </figcaption>
      <pre>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
