import { ModelError } from '@manyhands/model/error';
import { createRelay } from './create-relay.ts';
import { RelayError } from './error.ts';
import { SHUTDOWN_MS } from './limits.ts';
import { createLog } from './log.ts';
import { readSettings } from './settings.ts';

/** The relay as a process: settings from the environment, JSON log on standard output. */
async function main(): Promise<void> {
  const log = createLog();
  try {
    const relay = await createRelay({ ...readSettings(process.env), log });
    const stop = () => {
      // A socket that does not close must not keep the process; `unref` lets a clean end be earlier.
      setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
      void relay.stop().then(() => process.exit(0));
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    const isKnown = error instanceof RelayError || error instanceof ModelError;
    if (!isKnown) throw error;
    log.error('cannot-start', { code: error.code, message: error.message });
    process.exitCode = 1;
  }
}

await main();
