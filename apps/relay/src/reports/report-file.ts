import { type FileHandle, open } from 'node:fs/promises';
import type { ReportOutcome } from '@manyhands/protocol/relay-message';
import { RelayError } from '../error.ts';
import { REPORTS_FILE_BYTES_MAX, REPORTS_WAITING_MAX } from '../limits.ts';
import type { RelayLog } from '../log.ts';
import type { StoredReport } from './stored-report.ts';

/** Where reports stay for the operator: JSON lines, each written whole, one after another. */
export interface ReportFile {
  append(report: StoredReport): Promise<ReportOutcome>;
}

/**
 * Without a path nothing is kept, anywhere. A file that is full takes nothing more: what was reported is not
 * thrown away for what is. Moved away by the operator, it is begun anew. Throws `bad-setting`.
 */
export async function openReportFile(
  path: string | undefined,
  { log, bytesMax = REPORTS_FILE_BYTES_MAX }: { log: RelayLog; bytesMax?: number | undefined },
): Promise<ReportFile> {
  if (path === undefined) return { append: async () => 'off' };
  try {
    await (await openForAppending(path)).close();
  } catch (cause) {
    throw new RelayError(
      'bad-setting',
      `REPORTS_FILE is ${path}, which cannot be written: name a file in a folder that exists.`,
      { cause },
    );
  }
  let last = Promise.resolve();
  let waiting = 0;

  const write = async (report: StoredReport): Promise<ReportOutcome> => {
    const file = await openForAppending(path);
    try {
      const { size } = await file.stat();
      const begin = (await isCut(file, size)) ? '\n' : '';
      const line = Buffer.from(`${begin}${JSON.stringify(report)}\n`);
      if (size + line.length > bytesMax) {
        log.warn('reports-full', { bytesMax });
        return 'full';
      }
      await file.appendFile(line);
      return 'taken';
    } finally {
      await file.close();
    }
  };

  return {
    async append(report) {
      if (waiting >= REPORTS_WAITING_MAX) return 'too-many';
      waiting += 1;
      const written = last.then(() => write(report));
      last = written.then(
        () => undefined,
        () => undefined,
      );
      try {
        return await written;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
        log.error('reports-not-written', { code });
        return 'full';
      } finally {
        waiting -= 1;
      }
    },
  };
}

/** Texts in it are nobody's but the operator's. */
function openForAppending(path: string) {
  return open(path, 'a+', 0o600);
}

/** The last line was cut off, by a full disk or with the process: what follows would be lost with it. */
async function isCut(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer.toString() !== '\n';
}
