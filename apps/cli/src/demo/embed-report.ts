import { writeBackendReason } from '@manyhands/engine/worker/backend-reason';
import type { EmbeddingProvenance } from '@manyhands/peer/requester/embeddings';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import type { HarnessEmbeddings } from '../../harness/tab-harness.ts';
import { describePath } from './describe-path.ts';

/** What `--embed --json` prints. */
export interface EmbedReport {
  readonly model: string;
  readonly dimension: number;
  readonly texts: readonly {
    readonly text: string;
    readonly norm: number;
    readonly vector: readonly number[];
  }[];
  /** Cosine of the angle between each text and the first one. */
  readonly likenessToFirst: readonly number[];
  readonly tokenCount: number;
  readonly computedBy: readonly EmbeddingProvenance[];
  /** Why the volunteers' providers were chosen, each reason once. */
  readonly providers: readonly { readonly provider: string; readonly reason: string }[];
  readonly elapsedMs: number;
}

export function reportEmbeddings(
  model: string,
  texts: readonly string[],
  { vectors, dimension, tokenCount, provenance, elapsedMs }: HarnessEmbeddings,
  volunteers: readonly VolunteerState[],
): EmbedReport {
  const [first = []] = vectors;
  const providers = new Map(
    volunteers.flatMap(({ provider: choice }) =>
      choice === undefined
        ? []
        : [[`${choice.provider} ${writeBackendReason(choice.reason)}`, choice]],
    ),
  );
  return {
    model,
    dimension,
    texts: texts.map((text, index) => {
      const vector = vectors[index] ?? [];
      return { text, norm: Math.hypot(...vector), vector };
    }),
    likenessToFirst: vectors.map((vector) => likeness(first, vector)),
    tokenCount,
    computedBy: provenance,
    providers: [...providers.values()].map(({ provider, reason }) => ({
      provider,
      reason: writeBackendReason(reason),
    })),
    elapsedMs,
  };
}

/** The report for people. */
export function describeEmbeddings(report: EmbedReport): string {
  const { model, dimension, texts, likenessToFirst, computedBy, providers, elapsedMs } = report;
  const lines = texts.flatMap(({ text, norm, vector }, index) => [
    JSON.stringify(text.length > 70 ? `${text.slice(0, 69)}…` : text),
    `  norm ${norm.toFixed(6)}  [${vector
      .slice(0, NUMBERS_SHOWN)
      .map((value) => value.toFixed(4))
      .join(', ')}, …]`,
    ...(index === 0 ? [] : [`  cosine to the first ${likenessToFirst[index]?.toFixed(4)}`]),
  ]);
  const who = computedBy.map((each) => {
    const count = each.endText - each.firstText;
    const path = describePath(each.path);
    const ms = `${each.elapsedMs.toFixed(1)} ms, ${each.computeMs.toFixed(1)} ms of it computing`;
    return `  ${count} ${count === 1 ? 'text' : 'texts'}  ${each.numericClass}  ${ms}, ${path}  (${each.peerId})`;
  });
  return [
    `${model}, ${dimension} numbers a text`,
    ...lines,
    'Who computed',
    ...who,
    ...providers.map(({ provider, reason }) => `  ${provider}: ${reason}`),
    `Together  ${elapsedMs.toFixed(1)} ms, connecting included`,
    '',
  ].join('\n');
}

const NUMBERS_SHOWN = 6;

function likeness(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return product / (Math.hypot(...a) * Math.hypot(...b) || 1);
}
