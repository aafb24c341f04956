import type { AnswerRequest, ChatMessage } from '@manyhands/peer/requester/answer';
import * as v from 'valibot';
import { ANSWER_TOKENS_DEFAULT, TOP_LOGPROBS_MAX } from '../limits.ts';
import { readRequest } from './read-request.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const TextPart = v.strictObject({ type: v.literal('text'), text: v.string() });
const Message = v.strictObject({
  role: v.picklist(['system', 'developer', 'user', 'assistant']),
  content: v.union([v.string(), v.array(TextPart)], 'must be text, or parts of type "text"'),
});
const Extras = v.strictObject({
  top_k: v.optional(v.number()),
  min_p: v.optional(v.number()),
  repetition_penalty: v.optional(v.number()),
  stages_min: v.optional(v.number()),
});
const ChatParams = v.strictObject({
  model: v.string(),
  messages: v.pipe(v.array(Message), v.minLength(1, 'needs a message')),
  stream: v.optional(v.boolean(), false),
  stream_options: v.optional(v.strictObject({ include_usage: v.optional(v.boolean()) })),
  max_completion_tokens: v.optional(count),
  max_tokens: v.optional(count),
  temperature: v.optional(v.number(), 1),
  top_p: v.optional(v.number(), 1),
  seed: v.optional(v.pipe(v.number(), v.safeInteger())),
  stop: v.optional(v.union([v.string(), v.array(v.string())], 'must be text or a list of texts')),
  logprobs: v.optional(v.boolean(), false),
  top_logprobs: v.optional(v.pipe(count, v.maxValue(TOP_LOGPROBS_MAX))),
  manyhands: v.optional(Extras, {}),
});

/** Values of parameters that nothing here implements, with which an answer is as it is anyway. */
const NEUTRAL = {
  n: [1],
  frequency_penalty: [0],
  presence_penalty: [0],
  logit_bias: [{}],
  response_format: [{ type: 'text' }],
  store: [false],
  tools: [[]],
  top_logprobs: [0],
};

/** A request in the words of the requester, and how its answer is to be shown. */
export interface ChatRequest {
  readonly model: string;
  readonly isStreamed: boolean;
  readonly includesUsage: boolean;
  readonly includesLogprobs: boolean;
  readonly answer: Omit<AnswerRequest, 'modelRoot'>;
}

/** Throws `ManyhandsError` `invalid-request` or `unsupported-parameter`. */
export function readChatRequest(body: unknown): ChatRequest {
  const params = readRequest(ChatParams, body, NEUTRAL);
  const { manyhands, seed, stop, top_logprobs: topLogprobs } = params;
  const stopStrings = typeof stop === 'string' ? [stop] : stop;
  return {
    model: params.model,
    isStreamed: params.stream,
    includesUsage: params.stream_options?.include_usage ?? false,
    includesLogprobs: params.logprobs,
    answer: {
      input: { messages: params.messages.map(readMessage) },
      tokensMax: params.max_completion_tokens ?? params.max_tokens ?? ANSWER_TOKENS_DEFAULT,
      sampling: {
        temperature: params.temperature,
        topP: params.top_p,
        topK: manyhands.top_k ?? 0,
        minP: manyhands.min_p ?? 0,
        repetitionPenalty: manyhands.repetition_penalty ?? 1,
        // Whole numbers of any sign are seeds elsewhere; draws here take 32 bits.
        ...(seed !== undefined && { seed: seed >>> 0 }),
      },
      ...(stopStrings && { stopStrings }),
      ...(params.logprobs && { topLogprobs: topLogprobs ?? 0 }),
      ...(manyhands.stages_min !== undefined && { stagesMin: manyhands.stages_min }),
    },
  };
}

function readMessage({ role, content }: v.InferOutput<typeof Message>): ChatMessage {
  return {
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  };
}
