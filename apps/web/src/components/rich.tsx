import type { ComponentChildren } from 'preact';

export interface RichProps {
  /** Words with marked passages: `Read <link>the terms</link>.` */
  readonly text: string;
  /** What a passage becomes, by its mark. */
  readonly parts: Readonly<Record<string, (words: string) => ComponentChildren>>;
}

const PASSAGE = /<(?<mark>[a-z]+)>(?<words>[^<]*)<\/\k<mark>>/giu;

/** A sentence with links or emphasis in it. Translators move the marks with the words. */
export function Rich({ text, parts }: RichProps) {
  const children: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(PASSAGE)) {
    const { mark = '', words = '' } = match.groups ?? {};
    children.push(text.slice(end, match.index), parts[mark]?.(words) ?? words);
    end = match.index + match[0].length;
  }
  return <>{[...children, text.slice(end)]}</>;
}
