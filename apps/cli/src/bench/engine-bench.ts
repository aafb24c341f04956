import { join } from 'node:path';
import type { ContenderName } from '../../harness/bench/bench-messages.ts';
import { CHROMIUM_ARGS } from '../browser/chromium-args.ts';
import type { CommandContext } from '../command-context.ts';
import { describeError } from '../error.ts';
import { createFileServer, type FileServer } from '../serve/file-server.ts';
import type { BenchOptions } from './bench-options.ts';
import { openDawnPage } from './dawn/dawn-page.ts';
import { openDawn } from './dawn/open-dawn.ts';
import type { AdapterPeaks } from './measure/adapter-peaks.ts';
import { createBenchFiles } from './model/bench-files.ts';
import type { BenchReport, CaseReport } from './report/bench-report.ts';
import { describeMachine } from './report/describe-machine.ts';
import { openCaseModel } from './run/case-model.ts';
import { openContenderPage } from './run/contender-page.ts';
import { type CasePlan, planCases } from './run/plan-cases.ts';
import { serveRivals } from './run/rival-scripts.ts';
import { type CaseDeps, runCase } from './run/run-case.ts';

const PEAKS_TIMEOUT_MS = 2 * 60_000;

/** Measures ours beside its rivals in headless Chromium, one contender at a time. */
export async function runEngineBench(
  options: BenchOptions,
  context: CommandContext,
): Promise<BenchReport> {
  const { repositoryRoot, signal, say } = context;
  const startedAt = new Date().toISOString();
  const server = await createFileServer(join(repositoryRoot, 'dist/bench'));
  try {
    await serveRivals(server, repositoryRoot);
    const { adapter, chromiumArgs } = await chooseAdapter(server, options, context);
    const files = createBenchFiles(join(repositoryRoot, 'dist/bench-models'));
    const openPage = (name: ContenderName) =>
      openContenderPage({
        origin: server.origin,
        chromiumArgs,
        // llama.cpp's binding brings a worker of its own.
        isOnPage: name.startsWith('wllama'),
        signal,
      });
    const deps = { server, files, openPage, options, adapter, signal, say };
    const cases = await runCases(deps, repositoryRoot);
    return { version: 1, startedAt, machine: describeMachine('Chromium'), adapter, cases };
  } finally {
    await server.dispose();
  }
}

/** Ours alone in this process, its WGSL run by Dawn and checked against its WebAssembly. */
export async function runDawnBench(
  options: BenchOptions,
  context: CommandContext,
): Promise<BenchReport> {
  const { repositoryRoot, signal, say } = context;
  const startedAt = new Date().toISOString();
  await openDawn(repositoryRoot);
  const server = await createFileServer(join(repositoryRoot, 'dist'));
  try {
    say('Measuring the adapter ...\n');
    const adapter = await openDawnPage(signal).call('peaks', PEAKS_TIMEOUT_MS);
    const files = createBenchFiles(join(repositoryRoot, 'dist/bench-models'));
    const openPage = async () => openDawnPage(signal);
    const deps = { server, files, openPage, options, adapter, signal, say };
    const cases = await runCases(deps, repositoryRoot);
    return { version: 1, startedAt, machine: describeMachine('Node and Dawn'), adapter, cases };
  } finally {
    await server.dispose();
  }
}

async function runCases(deps: CaseDeps, repositoryRoot: string): Promise<CaseReport[]> {
  const cases: CaseReport[] = [];
  for (const plan of planCases(deps.options, deps.adapter?.isFallback ?? true)) {
    const report = await tryCase(deps, plan, repositoryRoot);
    if (report !== undefined) cases.push(report);
  }
  return cases;
}

/** A model that is not there is said and left out: the others can be measured. */
async function tryCase(
  deps: CaseDeps,
  plan: CasePlan,
  repositoryRoot: string,
): Promise<CaseReport | undefined> {
  const { model, backend } = plan;
  const name = model.kind === 'file' ? model.name : `${model.shape.name} ${model.type}`;
  deps.say(`${name}, ${backend}\n`);
  try {
    return await runCase(deps, plan, await openCaseModel(plan, deps.files, repositoryRoot));
  } catch (error) {
    if (deps.signal.aborted) throw error;
    deps.say(`  left out: ${describeError(error)}\n`);
    return undefined;
  }
}

const SWIFTSHADER_ARG = '--use-webgpu-adapter=swiftshader';
/** Linux: Chromium uses no GPU through Vulkan unless told to. Timers of kernels are not rounded. */
const GPU_ARGS = ['--enable-features=Vulkan', '--enable-webgpu-developer-features'];

/** The machine's GPU where `auto` finds one; its software adapter else, and its peaks. */
async function chooseAdapter(
  server: FileServer,
  { adapter: wanted, backends }: BenchOptions,
  { signal, say }: CommandContext,
): Promise<{ adapter: AdapterPeaks | null; chromiumArgs: readonly string[] }> {
  const software = [...CHROMIUM_ARGS, '--enable-webgpu-developer-features'];
  const hardware = [...CHROMIUM_ARGS.filter((arg) => arg !== SWIFTSHADER_ARG), ...GPU_ARGS];
  if (!backends.includes('webgpu')) return { adapter: null, chromiumArgs: software };
  for (const chromiumArgs of wanted === 'auto' ? [hardware, software] : [software]) {
    say('Measuring the adapter ...\n');
    const options = { origin: server.origin, chromiumArgs, isOnPage: false, signal };
    const page = await openContenderPage(options);
    try {
      const adapter = await page.call('peaks', PEAKS_TIMEOUT_MS);
      return { adapter, chromiumArgs };
    } catch (error) {
      if (signal.aborted) throw error;
      say(`  ${describeError(error)}\n`);
    } finally {
      await page.close();
    }
  }
  return { adapter: null, chromiumArgs: software };
}
