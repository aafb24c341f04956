import type { BenchRowView } from '../state/bench-view.ts';
import { t } from '../strings/language.ts';

const COLUMNS = ['decode', 'wholeModel', 'prefill', 'batch', 'memory'] as const;

/** Measured cases: a table where there is room, a card for each where there is not. */
export function BenchTable({ rows }: { readonly rows: readonly BenchRowView[] }) {
  return (
    <div class="bench-table">
      <table>
        <caption class="visually-hidden">{t('bench.table.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('bench.table.model')}</th>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {t(`bench.table.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} data-testid="bench-row" data-failed={row.problem !== undefined}>
              <th scope="row">
                {row.shape} <span class="bench-type">{row.type}</span>
                <span class="bench-backend">{row.backend}</span>
              </th>
              {row.problem === undefined ? (
                COLUMNS.map((column) => (
                  <td key={column} data-label={t(`bench.table.${column}`)}>
                    <span>{row[column]}</span>
                    {column === 'decode' && row.change !== '' ? (
                      <span class="bench-change">{row.change}</span>
                    ) : null}
                  </td>
                ))
              ) : (
                <td colSpan={COLUMNS.length} class="bench-problem">
                  {row.problem}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
