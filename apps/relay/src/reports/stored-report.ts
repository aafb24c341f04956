import { Report } from '@manyhands/protocol/relay-message';
import * as v from 'valibot';

/** One line of the operator's file: what somebody reported, and when. Not who: the relay keeps no such thing. */
const StoredReport = v.strictObject({
  ...v.omit(Report, ['type', 'requestId']).entries,
  at: v.pipe(v.string(), v.isoTimestamp()),
});
export type StoredReport = v.InferOutput<typeof StoredReport>;

/** Reads one line; undefined where it is none: of another version, or cut off by a full disk. */
export function parseStoredReport(line: string): StoredReport | undefined {
  try {
    const result = v.safeParse(StoredReport, JSON.parse(line));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
