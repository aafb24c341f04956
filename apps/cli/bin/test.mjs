import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { runChild } from './child.mjs';
import { ensureChromium } from './chromium.mjs';
import { repositoryRoot, say } from './repository.mjs';
import { countPlaywright, countVitest } from './test-report.mjs';

/** @typedef {import('./test-report.mjs').Counts} Counts */
/**
 * @typedef {object} Step
 * @property {string} name What `--only` takes.
 * @property {string} title
 * @property {number} timeoutMs Ends a step that hangs; a crowded machine takes three times as long as a quiet one.
 * @property {boolean} needsChromium
 * @property {import('./build.mjs').Target[]} targets Bundles its tests drive.
 * @property {(report: string) => Promise<string[]>} args Program and arguments for Node.
 * @property {(report: unknown) => Counts} [count] Reads the report; a step without one is one test.
 */

const MINUTE_MS = 60_000;
const E2E_CONFIG = join(repositoryRoot, 'e2e/playwright.config.ts');
/** The step under way gets them too; the steps after it are left out. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const USAGE = 'Usage: npm test [-- --only types,lint,unused,unit,gpu,e2e]';

/** @type {Step[]} */
const STEPS = [
  {
    name: 'types',
    title: 'Type check',
    timeoutMs: 5 * MINUTE_MS,
    needsChromium: false,
    targets: [],
    args: async () => [tool('typescript/bin/tsc'), '-b', ...(await listProjects())],
  },
  {
    name: 'lint',
    title: 'Lint and format',
    timeoutMs: 5 * MINUTE_MS,
    needsChromium: false,
    targets: [],
    args: async () => [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'],
  },
  {
    name: 'unused',
    title: 'Unused files, exports and dependencies',
    timeoutMs: 5 * MINUTE_MS,
    needsChromium: false,
    targets: [],
    args: async () => [tool('knip/bin/knip.js')],
  },
  {
    name: 'unit',
    title: 'Tests in Node',
    timeoutMs: 20 * MINUTE_MS,
    // The conformance test drives a browser from Node; the SDK's package is looked at as it is packed.
    needsChromium: true,
    targets: ['harness', 'sdk'],
    // By default Vitest leaves a processor free, which of two is half of the machine.
    args: async (report) => [...vitest('node', report), '--maxWorkers=100%'],
    count: countVitest,
  },
  {
    name: 'gpu',
    title: 'Tests in Chromium with WebGPU',
    timeoutMs: 20 * MINUTE_MS,
    needsChromium: true,
    targets: [],
    args: async (report) => vitest('browser', report),
    count: countVitest,
  },
  {
    name: 'e2e',
    title: 'Tests with real tabs, real WebRTC and the real relay',
    timeoutMs: 30 * MINUTE_MS,
    needsChromium: true,
    targets: ['web', 'relay', 'cli', 'manyhands', 'harness', 'sdk'],
    args: async () => [
      join(repositoryRoot, 'e2e/node_modules/@playwright/test/cli.js'),
      'test',
      '--config',
      E2E_CONFIG,
      '--reporter=list,json',
    ],
    count: countPlaywright,
  },
];

/**
 * Runs every check, or those of `--only`; the last line of stdout is the sum.
 * @param {string[]} argv
 * @returns {Promise<number>}
 */
export async function runTests(argv) {
  const steps = chooseSteps(argv);
  if (steps === undefined) {
    say(USAGE);
    return 2;
  }
  const reports = await mkdtemp(join(tmpdir(), 'manyhands-test-'));
  const sum = { passed: 0, failed: 0, skipped: 0 };
  /** @type {string[]} */
  const lines = [];
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
  };
  for (const signal of STOP_SIGNALS) process.on(signal, interrupt);
  try {
    for (const step of steps) {
      if (isInterrupted) break;
      process.stdout.write(`\n== ${step.title}\n`);
      const startedAt = performance.now();
      const counts = await runStep(step, join(reports, `${step.name}.json`));
      sum.passed += counts.passed;
      sum.failed += counts.failed;
      sum.skipped += counts.skipped;
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      lines.push(`${step.name.padEnd(8)}${describe(counts)} (${seconds} s)`);
      // At the end as well: of a long log people see, and CI keeps, the last lines.
      for (const note of counts.notes ?? []) lines.push(`  ${note}`);
    }
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, interrupt);
    await rm(reports, { recursive: true, force: true });
  }
  process.stdout.write(`\n${lines.join('\n')}\n${describe(sum)}\n`);
  return sum.failed === 0 && sum.passed > 0 && !isInterrupted ? 0 : 1;
}

/**
 * @param {string[]} argv
 * @returns {Step[] | undefined}
 */
function chooseSteps(argv) {
  if (argv.length === 0) return STEPS;
  const [option, names] = argv.length === 1 ? (argv[0] ?? '').split('=', 2) : argv;
  if (option !== '--only' || names === undefined || argv.length > 2) return undefined;
  const wanted = names.split(',');
  if (wanted.some((name) => STEPS.every((step) => step.name !== name))) return undefined;
  return STEPS.filter((step) => wanted.includes(step.name));
}

/**
 * A step that cannot start is a failed test: the others still run.
 * @param {Step} step
 * @param {string} report
 * @returns {Promise<Counts>}
 */
async function runStep(step, report) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  try {
    if (step.needsChromium) env.CHROMIUM = await ensureChromium();
    await build(step.targets);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const args = await step.args(report);
  const code = await runChild(process.execPath, args, { env, timeoutMs: step.timeoutMs });
  if (!step.count) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) {
    say(`${step.title}: no report was written (exit code ${code}); the messages above say why.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const counts = step.count(JSON.parse(text));
  // A file that does not load, an unhandled rejection or a timeout fails no single test.
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

/**
 * @param {string} project
 * @param {string} report
 */
function vitest(project, report) {
  return [
    tool('vitest/vitest.mjs'),
    'run',
    '--project',
    project,
    // As in `e2e/playwright.config.ts`: a shared machine may give a test no turn for seconds.
    '--retry=1',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
}

/** @param {string} path */
function tool(path) {
  return join(repositoryRoot, 'node_modules', path);
}

/** Every workspace package with a tsconfig of its own. */
async function listProjects() {
  const groups = ['apps', 'packages'];
  const lists = await Promise.all(
    groups.map(async (group) => {
      const names = await readdir(join(repositoryRoot, group));
      return names.map((name) => `${group}/${name}`);
    }),
  );
  const all = [...lists.flat(), 'e2e'];
  return all.filter((path) => existsSync(join(repositoryRoot, path, 'tsconfig.json'))).sort();
}

/** @param {Counts} counts */
function describe({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
