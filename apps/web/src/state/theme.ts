import { effect, type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import { readStored, writeStored } from './stored.ts';

const Theme = v.picklist(['auto', 'light', 'dark']);
export type Theme = v.InferOutput<typeof Theme>;

const KEY = 'manyhands.theme';
const NEXT: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };

export interface ThemeChoice {
  readonly theme: ReadonlySignal<Theme>;
  /** auto, light, dark, auto… */
  next(): void;
}

/** `auto` follows the system; the others set `data-theme`, which the style sheet reads. */
export function createThemeChoice(root: HTMLElement, storage: Storage | undefined): ThemeChoice {
  const theme = signal<Theme>(readStored(storage, KEY, Theme) ?? 'auto');
  effect(() => {
    if (theme.value === 'auto') root.removeAttribute('data-theme');
    else root.setAttribute('data-theme', theme.value);
    writeStored(storage, KEY, theme.value === 'auto' ? undefined : theme.value);
  });
  return {
    theme,
    next: () => {
      theme.value = NEXT[theme.value];
    },
  };
}
