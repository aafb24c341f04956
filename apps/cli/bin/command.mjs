import { join } from 'node:path';
import { build } from './build.mjs';
import { runChild } from './child.mjs';
import { ensureChromium } from './chromium.mjs';
import { installDependencies } from './install.mjs';
import { repositoryRoot, say } from './repository.mjs';
import { runTests } from './test.mjs';

/** @typedef {{ targets: import('./build.mjs').Target[], needsChromium: boolean }} Needs */

/** @type {Record<string, Needs>} */
const NEEDS = {
  start: { targets: ['web', 'relay', 'sdk'], needsChromium: false },
  test: { targets: [], needsChromium: false },
  demo: { targets: ['cli', 'harness'], needsChromium: true },
  eval: { targets: ['cli', 'harness'], needsChromium: true },
  bench: { targets: ['cli', 'bench'], needsChromium: true },
  simulate: { targets: ['cli'], needsChromium: false },
  catalog: { targets: ['cli'], needsChromium: false },
  soak: { targets: ['cli', 'harness', 'relay'], needsChromium: true },
};
/** @type {Needs} */
const SWARM_BENCH = { targets: ['cli', 'harness', 'relay'], needsChromium: true };

/**
 * Prepares what a command needs and runs it; returns its exit code. Everything said on the way goes
 * to stderr: stdout belongs to the command.
 * @param {string[]} argv
 * @returns {Promise<number>}
 */
export async function runCommand([name = '', ...rest]) {
  const needs = name === 'bench' && rest[0] === 'swarm' ? SWARM_BENCH : NEEDS[name];
  if (!needs) {
    process.stderr.write(`Usage: npm run <${Object.keys(NEEDS).join('|')}> [-- options]\n`);
    return 2;
  }
  try {
    await installDependencies();
    if (name === 'test') return await runTests(rest);
    const env = { ...process.env };
    if (needs.needsChromium && !asksForHelp(rest) && !rest.includes('--dawn'))
      env.CHROMIUM = await ensureChromium();
    await build(needs.targets);
    const program =
      name === 'start'
        ? [join(repositoryRoot, 'dist/relay/main.js'), ...rest]
        : [join(repositoryRoot, 'dist/cli/main.js'), name, ...rest];
    if (name === 'start') say(`Manyhands will be at http://localhost:${process.env.PORT || 8787}`);
    return await runChild(process.execPath, program, { env });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** @param {string[]} args */
function asksForHelp(args) {
  return args.includes('--help') || args.includes('-h');
}
