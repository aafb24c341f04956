import { REPORTS_SHOWN, REPORTS_SHOWN_MAX } from '../limits.ts';
import { readInteger, readOptions } from '../read-options.ts';

export const REPORTS_USAGE = `Usage: manyhands reports [--last N] [--json] [--file FILE]
       what people told about answers, the newest at the end: the last ${REPORTS_SHOWN}, or N of them;
       from FILE, or from where REPORTS_FILE says that the relay puts them`;

export type ReportsOptions =
  | { readonly action: 'help' }
  | {
      readonly action: 'list';
      readonly last: number;
      readonly isJson: boolean;
      readonly file: string | undefined;
    };

/** Reads the command line. Throws `usage`. */
export function readReportsOptions(args: readonly string[]): ReportsOptions {
  const options = {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
    last: { type: 'string' },
    file: { type: 'string' },
  } as const;
  const { help, json, last, file } = readOptions(args, options, REPORTS_USAGE);
  if (help === true) return { action: 'help' };
  const bounds = { min: 1, max: REPORTS_SHOWN_MAX };
  return {
    action: 'list',
    last: last === undefined ? REPORTS_SHOWN : readInteger('last', last, bounds, REPORTS_USAGE),
    isJson: json === true,
    file: file === '' ? undefined : file,
  };
}
