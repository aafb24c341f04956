import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';

export interface MarkdownProps {
  readonly text: string;
  readonly isFinal: boolean;
}

// The parser is a tenth of the first load, and most pages have no answer. What was fetched once stays,
// as any module does: an answer must not be plain for a moment each time it comes into view.
const view = signal<ComponentType<MarkdownProps> | undefined>(undefined);

/** Fetches what draws answers, so that it is there before the first one. */
export async function loadMarkdown(): Promise<void> {
  try {
    view.value ??= (await import('./markdown-view.tsx')).MarkdownView;
  } catch {
    // A relay that was just replaced has other files: answers are readable without marks.
  }
}

/** An answer's text as elements; as it was written while the parser is on its way. */
export function Markdown(props: MarkdownProps) {
  const View = view.value;
  useEffect(() => void loadMarkdown(), []);
  if (View !== undefined) return <View {...props} />;
  return (
    <div class="markdown">
      <p class="markdown-plain">{props.text}</p>
    </div>
  );
}
