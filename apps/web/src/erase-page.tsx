import { signal } from '@preact/signals';
import { render } from 'preact';
import { BrandMark } from './components/icon.tsx';
import { type ErasePart, eraseEverything, readConfirmation } from './state/erase.ts';
import { openStorage } from './state/stored.ts';
import { chooseLanguage, showLanguage, t } from './strings/language.ts';

type EraseState = 'running' | 'nothing-asked' | 'elsewhere' | readonly ErasePart[];

/** Deletes what a person said yes to, and says what came of it. Nothing else of the site is made. */
export function showErase(scope: Window & typeof globalThis, root: HTMLElement): void {
  const sessionStorage = openStorage('sessionStorage');
  const confirmation = readConfirmation(sessionStorage);
  const state = signal<EraseState>(STATES[confirmation ?? 'nobody']);
  void showLanguage(chooseLanguage(scope.navigator.languages)).catch(() => undefined);
  // Whoever follows a link or goes back wants the site.
  scope.addEventListener('hashchange', () => scope.location.reload());
  const View = () => <ErasePage state={state.value} />;
  render(<View />, root);
  if (confirmation === 'elsewhere') sessionStorage?.clear();
  if (confirmation !== 'here') return;
  void eraseEverything(scope).then((left) => {
    state.value = left;
  });
}

const STATES = { here: 'running', elsewhere: 'elsewhere', nobody: 'nothing-asked' } as const;

function ErasePage({ state }: { readonly state: EraseState }) {
  return (
    <main class="page erase-page">
      <BrandMark />
      <h1>{t(`storage.erase.headings.${wordOf(state)}`)}</h1>
      <div role="status" data-testid="erase-state" data-state={wordOf(state)}>
        <ErasedText state={state} />
      </div>
      {state === 'running' ? null : (
        <p>
          <a class="button button-primary" href="#/">
            {t('storage.erase.begin')}
          </a>
        </p>
      )}
    </main>
  );
}

function wordOf(state: EraseState) {
  if (typeof state === 'string') return state;
  return state.length === 0 ? 'done' : 'left';
}

function ErasedText({ state }: { readonly state: EraseState }) {
  if (state === 'running') return <p>{t('storage.erase.running')}</p>;
  if (state === 'nothing-asked') return <p>{t('storage.erase.nothingAsked')}</p>;
  if (state === 'elsewhere') return <p>{t('storage.erase.elsewhere')}</p>;
  if (state.length === 0) return <p>{t('storage.erase.done')}</p>;
  return (
    <>
      <p>{t('storage.erase.leftOver')}</p>
      <ul class="erase-left">
        {state.map((part) => (
          <li key={part}>{t(`storage.erase.parts.${part}`)}</li>
        ))}
      </ul>
      <p>{t('storage.erase.remedy')}</p>
    </>
  );
}
