import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../../bin/repository.mjs';
import type { CommandContext } from '../command-context.ts';

/** A context in an empty directory that remembers what a command said. */
export interface TestContext extends CommandContext {
  readonly written: string[];
  readonly said: string[];
  dispose(): Promise<void>;
}

export async function createTestContext(): Promise<TestContext> {
  const written: string[] = [];
  const said: string[] = [];
  const callerDirectory = await mkdtemp(join(tmpdir(), 'manyhands cli '));
  return {
    repositoryRoot,
    callerDirectory,
    signal: new AbortController().signal,
    write: (text) => void written.push(text),
    say: (text) => void said.push(text),
    written,
    said,
    dispose: () => rm(callerDirectory, { recursive: true, force: true }),
  };
}
