import { t } from '../strings/language.ts';
import { ErrorNotice } from './notice.tsx';
import { useSite } from './site-context.ts';

/** Why this tab cannot reach the others, on every page that needs them. */
export function RelayNotice() {
  const { connection, catalog } = useSite();
  const { state, error } = connection.status.value;
  const isBroken = state === 'waiting' || state === 'refused' || state === 'failed';
  if (isBroken) {
    const report = error ?? { code: 'relay-unreachable', message: t('shell.relay.lost') };
    return <ErrorNotice error={report} handlers={{ retry: connection.retry }} />;
  }
  const listError = catalog.error.value;
  if (listError === undefined) return null;
  return <ErrorNotice error={listError} handlers={{ retry: () => void catalog.refresh() }} />;
}
