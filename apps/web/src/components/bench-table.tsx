import type { BenchRowView } from '../state/bench-view.ts';

const COLUMNS = [
  { name: 'A token through a block', pick: (row: BenchRowView) => row.decode },
  { name: 'Whole model, one answer', pick: (row: BenchRowView) => row.wholeModel },
  { name: 'Reading a prompt', pick: (row: BenchRowView) => row.prefill },
  { name: 'Four answers at once', pick: (row: BenchRowView) => row.batch },
  { name: 'Memory', pick: (row: BenchRowView) => row.memory },
] as const;

/** Measured cases: a table where there is room, a card for each where there is not. */
export function BenchTable({ rows }: { readonly rows: readonly BenchRowView[] }) {
  return (
    <div class="bench-table">
      <table>
        <caption class="visually-hidden">Measured on this device</caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            {COLUMNS.map(({ name }) => (
              <th key={name} scope="col">
                {name}
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
                COLUMNS.map(({ name, pick }) => (
                  <td key={name} data-label={name}>
                    {pick(row)}
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
