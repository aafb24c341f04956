import { t } from '../strings/language.ts';
import {
  type AnswerView,
  actualSpeed,
  describePrompt,
  describeRecovery,
  describeRouting,
  predictedSpeed,
} from './answer-view.ts';
import { describeChain } from './chain-view.ts';
import { formatBytes, formatDuration, formatTokenRate } from './format.ts';

const FACTS = [
  'model',
  'file',
  'root',
  'computesWith',
  'actual',
  'predicted',
  'firstToken',
  'prompt',
  'sent',
  'sampling',
  'seed',
  'recoveries',
  'why',
] as const;
export type FactKey = (typeof FACTS)[number];

/** One line about how an answer was made. */
export interface Fact {
  readonly key: FactKey;
  readonly name: string;
  readonly value: string;
}

/** Everything that is known of how an answer was made; what is not known is left out. */
export function listFacts(answer: AnswerView, modelName: string): readonly Fact[] {
  const { asked, stats } = answer;
  const predicted = predictedSpeed(answer);
  const actual = actualSpeed(answer);
  const bytesSent = answer.links.reduce((sum, link) => sum + link.bytesSent, 0);
  const values: Readonly<Record<FactKey, string | undefined>> = {
    model: modelName,
    file: asked?.modelFile,
    root: asked?.modelRoot,
    computesWith: describeDevice(answer.numericClass),
    actual: actual === undefined ? undefined : formatTokenRate(actual),
    predicted: predicted === undefined ? undefined : formatTokenRate(predicted),
    firstToken: stats?.ttftMs === undefined ? undefined : formatDuration(stats.ttftMs),
    prompt: describePrompt(answer),
    sent: bytesSent === 0 ? undefined : formatBytes(bytesSent),
    sampling: describeSampling(answer),
    seed: seedOf(answer),
    recoveries: describeRecoveries(answer),
    why: describeRouting(answer),
  };
  return FACTS.flatMap((key) => {
    const value = values[key] ?? '';
    return value === '' ? [] : [{ key, name: t(`answers.details.${key}`), value }];
  });
}

/** The same as text, with the volunteers, for somebody who wants to show it. */
export function writeProvenance(answer: AnswerView, modelName: string): string {
  const { hops } = describeChain(answer.chain, answer.links, undefined);
  const volunteers = hops.map(({ peerId, role, arrival }) => {
    const way = arrival === 'unknown' ? '?' : t(`answers.chain.ways.${arrival}`);
    return `- ${t('answers.details.volunteer', { name: peerId, role, way })}`;
  });
  const lines = listFacts(answer, modelName).map(({ name, value }) => `${name}: ${value}`);
  return [...lines, `${t('answers.details.volunteers')}:`, ...volunteers].join('\n');
}

/** `GPU (webgpu-f32)`: a class begins with the backend it is of. */
function describeDevice(numericClass: string | undefined): string | undefined {
  if (numericClass === undefined) return undefined;
  const [backend] = numericClass.split('-');
  if (backend !== 'webgpu' && backend !== 'wasm') return numericClass;
  const device = t(backend === 'webgpu' ? 'answers.details.gpu' : 'answers.details.processor');
  return t('answers.details.device', { device, numericClass });
}

function describeSampling({ asked }: AnswerView): string | undefined {
  if (asked === undefined) return undefined;
  const { temperature, topK, topP, minP, repetitionPenalty: penalty } = asked.sampling;
  return temperature === 0
    ? t('answers.details.greedy')
    : t('answers.details.sampled', { temperature, topK, topP, minP, penalty });
}

/** Where chance decided nothing there is none. */
function seedOf({ asked, stats }: AnswerView): string | undefined {
  if (asked?.sampling.temperature === 0) return undefined;
  const seed = stats?.seed ?? asked?.sampling.seed;
  return seed === undefined ? undefined : String(seed);
}

function describeRecoveries({ repairs }: AnswerView): string {
  if (repairs.length === 0) return t('answers.details.none');
  return repairs.map((repair) => describeRecovery(repair)).join(' ');
}
