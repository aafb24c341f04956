import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseStoredReport, type StoredReport } from '@manyhands/relay/reports/stored-report';
import { CliError } from '../error.ts';

export interface ReadReports {
  /** The last ones, in the order in which they came. */
  readonly reports: readonly StoredReport[];
  readonly totalCount: number;
  /** Lines that are no report. */
  readonly unreadableCount: number;
}

/** Reads a relay's file, however long it is, and keeps the last ones. Throws `not-found`. */
export async function readReports(file: string, last: number): Promise<ReadReports> {
  const reports: StoredReport[] = [];
  let totalCount = 0;
  let unreadableCount = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
      if (line === '') continue;
      const report = parseStoredReport(line);
      if (report === undefined) {
        unreadableCount += 1;
        continue;
      }
      totalCount += 1;
      reports.push(report);
      if (reports.length > last) reports.shift();
    }
  } catch (cause) {
    throw new CliError('not-found', `${file} cannot be read: is it what REPORTS_FILE names?`, {
      cause,
    });
  }
  return { reports, totalCount, unreadableCount };
}
