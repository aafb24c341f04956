import type { Candidates, Stage } from '../stage.ts';
import { openTestModel, type TestModel } from '../stage-testing.ts';
import type { GoldenCase } from './golden.ts';

// Empty where the folder beside the repository is missing: then tests of these models skip.
const FILES = import.meta.glob<string>('../../../../../shared/models/*/*.gguf', {
  query: '?url',
  import: 'default',
  eager: true,
});
const GOLDEN = import.meta.glob<Record<string, readonly GoldenCase[]>>(
  '../../../../../shared/models/*/golden.json',
  { import: 'default', eager: true },
);

/** A model outside of the repository, by the name of its file, and text that it predicts well. */
export interface SharedModel {
  open(): Promise<TestModel>;
  /** Token ids of prompts with what llama.cpp wrote after them. */
  readonly texts: readonly (readonly number[])[];
}

export function findSharedModel(name: string): SharedModel | undefined {
  const file = `${name}.gguf`;
  const url = Object.entries(FILES).find(([path]) => path.endsWith(`/${file}`))?.[1];
  if (url === undefined) return undefined;
  const cases = Object.values(GOLDEN).flatMap((golden) => golden[file] ?? []);
  return {
    async open() {
      return await openTestModel(new Uint8Array(await (await fetch(url)).arrayBuffer()));
    },
    texts: cases.map(({ tokens, greedy }) => [...tokens, ...greedy]),
  };
}

/** Candidates after every token of every text, each text in one step. */
export async function readTexts(
  stage: Stage,
  texts: readonly (readonly number[])[],
): Promise<Candidates[]> {
  const all: Candidates[] = [];
  for (const text of texts) {
    const tokenCount = text.length;
    const tokenIds = Uint32Array.from(text);
    await stage.openSession('text', { ...stage.range, positionsMax: tokenCount });
    const step = { sessionId: 'text', position: 0, tokenCount, tokenIds, headRows: tokenCount };
    const { candidates } = await stage.step(step);
    if (candidates === undefined) throw new Error('this stage has no head');
    all.push(candidates);
    stage.closeSession('text');
  }
  return all;
}
