import type { Manyhands } from '@manyhands/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';

interface Answer {
  readonly text: string;
  readonly state: 'idle' | 'running' | 'done' | 'failed';
}

/** One answer at a time; a new question, and the component's end, stop the one before. */
export function useAnswer(manyhands: Manyhands, model: string) {
  const [answer, setAnswer] = useState<Answer>({ text: '', state: 'idle' });
  const running = useRef<AbortController>(undefined);

  useEffect(() => () => running.current?.abort(), []);

  const ask = useCallback(
    async (content: string) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      let text = '';
      const show = (state: Answer['state']) => {
        if (running.current === abort) setAnswer({ text, state });
      };
      show('running');
      try {
        const stream = await manyhands.chat.completions.create(
          { model, messages: [{ role: 'user', content }], stream: true },
          { signal: abort.signal },
        );
        for await (const { choices } of stream) {
          text += choices[0]?.delta.content ?? '';
          show('running');
        }
        show('done');
      } catch (error) {
        text ||= error instanceof Error ? error.message : String(error);
        show('failed');
      }
    },
    [manyhands, model],
  );

  return { ...answer, ask };
}
