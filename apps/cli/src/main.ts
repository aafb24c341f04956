import { runArchive } from './archive/archive-command.ts';
import { runBench } from './bench/bench-command.ts';
import { runCatalog } from './catalog/catalog-command.ts';
import { runDemo } from './demo/demo-command.ts';
import { runDocs } from './docs/docs-command.ts';
import { runEval } from './eval/eval-command.ts';
import { runProgram } from './run-program.ts';
import { runSimulate } from './simulate/simulate-command.ts';
import { runSoak } from './soak/soak-command.ts';

const COMMANDS = {
  demo: runDemo,
  eval: runEval,
  catalog: runCatalog,
  bench: runBench,
  simulate: runSimulate,
  soak: runSoak,
  docs: runDocs,
  archive: runArchive,
};

await runProgram(COMMANDS, `Commands: ${Object.keys(COMMANDS).join(', ')}.`);
