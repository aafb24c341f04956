import type { ErrorReport } from '@manyhands/peer/error-report';
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../strings/language.ts';
import { ErrorNotice } from './notice.tsx';

type PageState =
  | { readonly kind: 'unasked' | 'loading' }
  | { readonly kind: 'failed'; readonly error: ErrorReport }
  | { readonly kind: 'ready'; readonly Page: ComponentType };

/** A page whose code comes when it is first opened; a failure is told and can be tried again. */
export function lazyPage(load: () => Promise<ComponentType>): ComponentType {
  const state = signal<PageState>({ kind: 'unasked' });
  const start = async (): Promise<void> => {
    state.value = { kind: 'loading' };
    try {
      state.value = { kind: 'ready', Page: await load() };
    } catch (cause) {
      // Offline, or a new version of the site replaced the file.
      state.value = { kind: 'failed', error: { code: 'page-unavailable', message: String(cause) } };
    }
  };
  return function LazyPage() {
    const now = state.value;
    useEffect(() => {
      const { kind } = state.peek();
      if (kind === 'unasked' || kind === 'failed') void start();
    }, []);
    if (now.kind === 'ready') return <now.Page />;
    if (now.kind === 'failed') {
      return <ErrorNotice error={now.error} handlers={{ retry: () => void start() }} />;
    }
    return (
      <p class="page-coming" role="status">
        {t('shell.loadingPage')}
      </p>
    );
  };
}
