import { createRelay } from '@manyhands/relay/create-relay';
import { createLog, type RelayLog } from '@manyhands/relay/log';
import { readSettings } from '@manyhands/relay/settings';
import type { CommandContext } from '../command-context.ts';
import { describeLan } from '../lan/describe-lan.ts';
import { type LanServer, openLan } from '../lan/open-lan.ts';
import { readServeOptions, SERVE_USAGE } from './serve-options.ts';

/** What a test puts in place of this process's own. */
export interface ServeSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: RelayLog;
}

/** Serves the site and its relay until the command is interrupted. */
export async function runServe(
  args: readonly string[],
  { write, say, signal }: CommandContext,
  { env, log }: ServeSurroundings = { env: process.env, log: createLog() },
): Promise<void> {
  const options = readServeOptions(args);
  if (options.action === 'help') return write(`${SERVE_USAGE}\n`);
  const settings = readSettings({
    ...env,
    ...(options.port !== undefined && { PORT: String(options.port) }),
    ...(options.host !== undefined && { HOST: options.host }),
  });
  const lan = options.isLan ? await openLan(settings.dataDir) : undefined;
  const relay = await createRelay({
    ...settings,
    ...(lan && overLan(lan, options.host ?? env.HOST)),
    log,
  });
  try {
    if (lan === undefined) say(`Manyhands is at ${browsable(relay.url)}\n`);
    else say(describeLan(lan, relay.port, process.stderr.isTTY));
    await untilAborted(signal);
  } finally {
    await relay.stop();
  }
}

function overLan({ tls, staticDirs }: LanServer, host: string | undefined) {
  return { tls, staticDirs, host: host || '0.0.0.0' };
}

/** The same place under the name that browsers treat as secure without a certificate. */
function browsable(url: string): string {
  return url.replace(/\/\/(127\.0\.0\.1|0\.0\.0\.0|\[::\]|\[::1\])(?=:)/, '//localhost');
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
