import { type ReadonlySignal, signal } from '@preact/signals';
import i18next from 'i18next';
import { en } from './en.ts';

/** English is part of the first load; the others come when they are chosen. */
const LOADERS = {
  en: () => Promise.resolve(en),
  de: () => import('./de.ts').then((module) => module.de),
};

export type Language = keyof typeof LOADERS;

/** Each language under its own name, whichever is shown. */
export const LANGUAGES: readonly { readonly language: Language; readonly name: string }[] = [
  { language: 'en', name: 'English' },
  { language: 'de', name: 'Deutsch' },
];

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'site';
    resources: { site: typeof en };
  }
}

// One page speaks one language, as it has one `document`: this is the only state outside `createSite`.
const catalogue = i18next.createInstance();
void catalogue.init({
  lng: 'en',
  fallbackLng: 'en',
  defaultNS: 'site',
  initAsync: false,
  resources: { en: { site: en } },
  // Components put words into text nodes, where nothing needs escaping.
  interpolation: { escapeValue: false },
});
const current = signal<Language>('en');

/** The language that is shown. */
export const language: ReadonlySignal<Language> = current;

/**
 * The words under a key, in the language that is shown. Reads a signal: whatever was drawn or computed
 * with it follows the choice. Keys and values are checked by their types.
 */
export const t = new Proxy(catalogue.t, {
  apply: (say, self, parameters) => {
    void current.value;
    return Reflect.apply(say, self, parameters);
  },
});

/** Shows another language as soon as its words are here; rejects when they cannot be fetched. */
export async function showLanguage(next: Language): Promise<void> {
  if (!catalogue.hasResourceBundle(next, 'site')) {
    catalogue.addResourceBundle(next, 'site', await LOADERS[next]());
  }
  await catalogue.changeLanguage(next);
  current.value = next;
}

/** The first of the person's languages that there is; English otherwise. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [code = ''] = tag.toLowerCase().split('-');
    if (Object.hasOwn(LOADERS, code)) return code as Language;
  }
  return 'en';
}

/** Which way the language is written. */
export function directionOf(shown: Language): 'ltr' | 'rtl' {
  return catalogue.dir(shown);
}
