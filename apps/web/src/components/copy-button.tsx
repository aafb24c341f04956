import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../strings/language.ts';
import { CheckIcon, CopyIcon } from './icon.tsx';

const SHOWN_MS = 1_600;

/** Copies a text and says whether that worked: browsers refuse it on plain http. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const outcome = useSignal<'none' | 'copied' | 'failed'>('none');
  useEffect(() => {
    if (outcome.value === 'none') return;
    const timer = setTimeout(() => {
      outcome.value = 'none';
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome.value, outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      outcome.value = 'copied';
    } catch {
      outcome.value = 'failed';
    }
  };
  const said = outcome.value === 'none' ? label : t(`shell.copy.${outcome.value}`);
  return (
    <button type="button" class="button-quiet" onClick={() => void copy()}>
      {outcome.value === 'copied' ? <CheckIcon /> : <CopyIcon />}
      <span aria-live="polite">{said}</span>
    </button>
  );
}
