import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOG_PATH, parseCatalogView } from '@manyhands/model/catalog';
import { CliError } from '../error.ts';
import { type ProcessUsage, processUsage } from './process-usage.ts';

/** The relay as people run it, in a process of its own that can be measured and killed. */
export interface RelayProcess {
  readonly origin: string;
  readonly model: BuiltinModel;
  usage(): Promise<ProcessUsage>;
  /** Gone at once, as by a power cut. */
  kill(): Promise<void>;
  /** A new process at the same address, once the old one is gone. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

export interface RelayProcessOptions {
  readonly repositoryRoot: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Program and arguments that start the relay elsewhere, e.g. in a network namespace. */
  readonly prefix?: readonly string[];
  readonly host?: string;
  /** Where this process cannot ask that relay: every relay serves the same built-in model. */
  readonly model?: BuiltinModel;
}

export interface BuiltinModel {
  readonly modelRoot: string;
  readonly blockCount: number;
}

const START_TIMEOUT_MS = 30_000;
const BUILTIN_ID = 'pip-7m';

export async function startRelayProcess(options: RelayProcessOptions): Promise<RelayProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'manyhands-swarm-'));
  const { host = '127.0.0.1' } = options;
  let started = await spawnRelay(options, dataDir, 0);
  const { port } = started;
  const kill = async (): Promise<void> => {
    const { child } = started;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  };
  return {
    origin: `http://${host}:${port}`,
    model: started.model,
    usage: () => processUsage(started.child.pid ?? 0),
    kill,
    async restart() {
      await kill();
      started = await spawnRelay(options, dataDir, port);
    },
    async dispose() {
      await kill();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function spawnRelay(
  { repositoryRoot, env, prefix = [], host = '127.0.0.1', model: known }: RelayProcessOptions,
  dataDir: string,
  port: number,
) {
  const [program = process.execPath, ...args] = [
    ...prefix,
    process.execPath,
    join(repositoryRoot, 'dist/relay/main.js'),
  ];
  const child = spawn(program, args, {
    env: {
      ...process.env,
      PORT: String(port),
      HOST: host,
      DATA_DIR: dataDir,
      SITE_DIR: join(repositoryRoot, 'dist/harness'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    // The log of a run of half an hour is of no use.
    if (output.length < OUTPUT_LENGTH_MAX) output += String(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const endMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < endMs && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const listening = /"event":"listening","port":(\d+)/.exec(output)?.[1];
    if (listening === undefined || !output.includes('"model-ready"')) continue;
    const model = known ?? (await fetchModel(host, listening));
    return { child, port: Number(listening), model };
  }
  child.kill('SIGKILL');
  throw new CliError('timeout', `The relay did not start: ${output.slice(0, 500)}`);
}

const OUTPUT_LENGTH_MAX = 1024 * 1024;

async function fetchModel(host: string, port: string): Promise<BuiltinModel> {
  const response = await fetch(`http://${host}:${port}${CATALOG_PATH}`);
  const { entries } = parseCatalogView(await response.json());
  const builtin = entries.find(({ id }) => id === BUILTIN_ID);
  if (builtin?.modelRoot === undefined) {
    throw new CliError('not-found', 'The relay does not serve the built-in model. Try again.');
  }
  return { modelRoot: builtin.modelRoot, blockCount: builtin.blockCount };
}
