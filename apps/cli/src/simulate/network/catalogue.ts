import type { StageSizes } from '@manyhands/planner/stage-sizes';

/** A model of the simulated relay. */
export interface SimulatedModel extends StageSizes {
  readonly modelRoot: string;
  readonly name: string;
  /** Of a block, without the KV cache: what is downloaded and read for a token. */
  readonly weightBytes: number;
  /** What the head costs a token, in blocks. */
  readonly headBlocks: number;
  /** Share of all questions. */
  readonly popularity: number;
}

export const DEMANDS = ['mixed', 'even', 'small', 'large'] as const;
export type Demand = (typeof DEMANDS)[number];

interface Shape {
  readonly name: string;
  readonly blockCount: number;
  /** The file with 4-bit weights as it is published, in GB. */
  readonly fileGb: number;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly kvSize: number;
  readonly isHeadTied: boolean;
  /** Share of questions where people ask small and large models alike. */
  readonly mixed: number;
}

const SHAPES: readonly Shape[] = [
  shape('SmolLM2-135M', 30, 0.1, 49_152, 576, 192, true, 0.03),
  shape('Qwen3-0.6B', 28, 0.48, 151_936, 1_024, 1_024, true, 0.07),
  shape('Llama-3.2-1B', 16, 0.81, 128_256, 2_048, 512, true, 0.08),
  shape('Qwen3-1.7B', 28, 1.28, 151_936, 2_048, 1_024, true, 0.1),
  shape('Llama-3.2-3B', 28, 2.02, 128_256, 3_072, 1_024, true, 0.12),
  shape('Qwen3-4B', 36, 2.5, 151_936, 2_560, 1_024, true, 0.15),
  shape('Qwen3-8B', 36, 5.03, 151_936, 4_096, 1_024, false, 0.2),
  shape('Qwen3-14B', 40, 9.0, 151_936, 5_120, 1_024, false, 0.1),
  shape('Qwen3-32B', 64, 19.8, 151_936, 5_120, 1_024, false, 0.08),
  shape('Llama-3.3-70B', 80, 42.5, 128_256, 8_192, 1_024, false, 0.07),
];

const POSITIONS_PLANNED = 2_048;
const BYTES_PER_WEIGHT = 0.56;

export function createCatalogue(demand: Demand): SimulatedModel[] {
  const weights = SHAPES.map((each, index) => weightOf(each, index, demand));
  const total = weights.reduce((a, b) => a + b, 0);
  return SHAPES.map((each, index) => modelOf(each, index, (weights[index] ?? 0) / total));
}

function weightOf({ mixed }: Shape, index: number, demand: Demand): number {
  switch (demand) {
    case 'mixed':
      return mixed;
    case 'even':
      return 1;
    case 'small':
      return 0.7 ** index;
    case 'large':
      return 0.7 ** (SHAPES.length - 1 - index);
  }
}

function modelOf(each: Shape, index: number, popularity: number): SimulatedModel {
  const { name, blockCount, fileGb, vocabSize, hiddenSize, kvSize, isHeadTied } = each;
  const matrixBytes = vocabSize * hiddenSize * BYTES_PER_WEIGHT;
  const matrices = isHeadTied ? 1 : 2;
  const weightBytes = (fileGb * 1e9 - matrices * matrixBytes) / blockCount;
  const kvBytes = 2 * 4 * kvSize * POSITIONS_PLANNED;
  return {
    modelRoot: String(index).padStart(64, '0'),
    name,
    blockCount,
    blockBytes: new Array<number>(blockCount).fill(weightBytes + kvBytes),
    embedBytes: matrixBytes,
    headBytes: isHeadTied ? 0 : matrixBytes,
    isHeadTied,
    weightBytes,
    headBlocks: matrixBytes / weightBytes,
    popularity,
  };
}

function shape(
  name: string,
  blockCount: number,
  fileGb: number,
  vocabSize: number,
  hiddenSize: number,
  kvSize: number,
  isHeadTied: boolean,
  mixed: number,
): Shape {
  return { name, blockCount, fileGb, vocabSize, hiddenSize, kvSize, isHeadTied, mixed };
}
