import { effect, type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import {
  chooseLanguage,
  directionOf,
  LANGUAGES,
  type Language,
  language,
  showLanguage,
} from '../strings/language.ts';
import { readStored, writeStored } from './stored.ts';

const Stored = v.picklist(LANGUAGES.map((each) => each.language));

export const LANGUAGE_KEY = 'manyhands.language';

export interface LanguageChoice {
  /** The language whose words could not be fetched; the page goes on in the one it has. */
  readonly failed: ReadonlySignal<Language | undefined>;
  /** Shows it, remembers it, and has the other tabs of this browser follow. */
  choose(next: Language): Promise<void>;
  /** What another tab stored. */
  follow(): Promise<void>;
  dismiss(): void;
  /** Settled when the language to begin with is shown, or cannot be. */
  readonly ready: Promise<void>;
}

export interface LanguageChoiceDeps {
  readonly storage: Storage | undefined;
  /** `navigator.languages`: what the person prefers, most of all first. */
  readonly wanted: readonly string[];
  readonly show?: (next: Language) => Promise<void>;
}

/** Begins in the stored language, otherwise in the first that the person reads and that there is. */
export function createLanguageChoice(deps: LanguageChoiceDeps): LanguageChoice {
  const { storage, wanted, show = showLanguage } = deps;
  const failed = signal<Language | undefined>(undefined);
  const stored = (): Language =>
    readStored(storage, LANGUAGE_KEY, Stored) ?? chooseLanguage(wanted);
  let latest: Language | undefined;

  const change = async (next: Language): Promise<boolean> => {
    latest = next;
    try {
      await show(next);
    } catch {
      if (latest === next) failed.value = next;
      return false;
    }
    // Chosen while this one's words were under way: that choice counts.
    if (latest !== next) {
      await show(latest).catch(() => undefined);
      return false;
    }
    failed.value = undefined;
    return true;
  };
  return {
    failed,
    async choose(next) {
      if (await change(next)) writeStored(storage, LANGUAGE_KEY, next);
    },
    follow: async () => void (await change(stored())),
    dismiss: () => {
      failed.value = undefined;
    },
    ready: change(stored()).then(() => undefined),
  };
}

/** Tells browsers and screen readers which language it is, and which way it runs. */
export function markLanguage(root: HTMLElement): void {
  effect(() => {
    root.lang = language.value;
    root.dir = directionOf(language.value);
  });
}
