import { runCatalog } from './catalog/catalog-command.ts';
import { runDoctor } from './doctor/doctor-command.ts';
import { runKeys } from './keys/keys-command.ts';
import { runReports } from './reports/reports-command.ts';
import { runProgram } from './run-program.ts';
import { runServe } from './serve/serve-command.ts';

/** The command of who runs a network: a bundle of its own, without browsers and benchmarks. */
const COMMANDS = {
  serve: runServe,
  catalog: runCatalog,
  keys: runKeys,
  doctor: runDoctor,
  reports: runReports,
};

const USAGE = `Usage: manyhands serve [--port N] [--host ADDRESS] [--lan]   the site and its relay
       manyhands catalog add FILE|URL       offer another model
       manyhands catalog verify [ID ...]    hash sources, so that they may be served
       manyhands keys [make | rotate lan]   what is secret here; make or replace it
       manyhands doctor [--json]            what is wrong with this installation, and its remedy
       manyhands reports [--last N]         what people told about answers (REPORTS_FILE)
In a clone: npm run manyhands -- COMMAND. Settings are environment variables: docs/self-hosting.md.`;

await runProgram(COMMANDS, USAGE);
