import { type DestinationStream, pino } from 'pino';

/** What may be logged: counts, codes and names from this code; never addresses, ids or messages. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log; `event` is a constant in kebab-case. */
export interface RelayLog {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** JSON lines on standard output, or wherever `destination` writes. */
export function createLog(
  options: { destination?: DestinationStream; level?: string } = {},
): RelayLog {
  const logger = pino(
    { level: options.level ?? 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime },
    options.destination ?? process.stdout,
  );
  return {
    info: (event, fields = {}) => logger.info({ event, ...fields }),
    warn: (event, fields = {}) => logger.warn({ event, ...fields }),
    error: (event, fields = {}) => logger.error({ event, ...fields }),
  };
}

/** For callers that show their own progress. */
export const silentLog: RelayLog = { info() {}, warn() {}, error() {} };
