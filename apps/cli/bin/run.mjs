#!/usr/bin/env node
// The one entry of every npm script. It must parse on any Node, to say which one is needed.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Manyhands needs Node 20.19 or newer and this is ${process.versions.node}. ` +
      'Install a current one from https://nodejs.org and try again.\n',
  );
  process.exit(1);
}
const { runCommand } = await import('./command.mjs');
process.exitCode = await runCommand(process.argv.slice(2));
