import type { StoredReport } from '@manyhands/relay/reports/stored-report';
import type { ReadReports } from './read-reports.ts';

const REASONS: Readonly<Record<StoredReport['reason'], string>> = {
  wrong: 'wrong or nonsense',
  harmful: 'harmful',
  private: 'reveals something private',
  other: 'something else',
};

/** For a terminal: one paragraph a report, the newest at the end, then how many there are. */
export function describeReports({ reports, totalCount, unreadableCount }: ReadReports): string {
  const shown = reports.length < totalCount ? `, the last ${reports.length} shown` : '';
  const unreadable =
    unreadableCount === 0 ? '' : `; ${unreadableCount} lines that are none were left out`;
  const sum = totalCount === 1 ? '1 report' : `${totalCount} reports`;
  return `${reports.map(describeReport).join('')}${sum}${shown}${unreadable}\n`;
}

function describeReport({ at, reason, modelRoot, peerIds, note, text }: StoredReport): string {
  const lines = [
    `${at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}  ${REASONS[reason]}`,
    `  model       ${modelRoot}`,
    ...peerIds.map((peerId) => `  volunteer   ${peerId}`),
    ...described('note', note),
    ...described('text', text),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** Anybody may have written this: what steers a terminal stays out of it. */
function described(name: string, words: string | undefined): string[] {
  if (words === undefined) return [];
  const [first = '', ...others] = words.replace(/[^\P{C}\n]/gu, ' ').split('\n');
  return [`  ${name.padEnd(12)}${first}`, ...others.map((line) => `              ${line}`)];
}
