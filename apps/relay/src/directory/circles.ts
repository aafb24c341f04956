import type { ModelRoot } from '@manyhands/protocol/id';
import { createDirectory, type Directory } from './directory.ts';
import { createWatches, type Watches } from './watches.ts';

/**
 * Directories of circles, apart from everybody's: their roots say nothing to the relay, and nothing in
 * them counts as supply, is proposed to a newcomer or shown on the network page. A socket announces and
 * watches no more of them than of models, so they cost no more.
 */
export function createCircles(options: { random(): number; now(): number }): {
  readonly directory: Directory;
  readonly watches: Watches;
} {
  const directory = createDirectory((change) => watches.take(change));
  // How many blocks there are is part of what the relay cannot know.
  const coverageOf = (modelRoot: ModelRoot) => ({
    blocks: [],
    embeds: 0,
    heads: 0,
    volunteers: directory.holdersOf(modelRoot).size,
  });
  const watches = createWatches({ ...options, directory, coverageOf });
  return { directory, watches };
}
