#!/usr/bin/env node
// `manyhands`, as `npm link` puts it on the path: prepares like every npm script, then runs the command.
process.argv.splice(2, 0, 'manyhands');
await import('./run.mjs');
