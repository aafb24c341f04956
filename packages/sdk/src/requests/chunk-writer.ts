import type { Answer, AnswerEvent } from '@manyhands/peer/requester/answer';
import type {
  AnswerProvenance,
  ChatCompletion,
  ChatCompletionChunk,
  CompletionUsage,
  FinishReason,
} from '../../types/manyhands.d.ts';
import { logprobsOf } from './logprobs.ts';

export interface ChunkWriterOptions {
  readonly model: string;
  readonly modelRoot: string;
  readonly includesUsage: boolean;
  readonly includesLogprobs: boolean;
}

/** Writes one answer in the shapes of OpenAI's API. */
export interface ChunkWriter {
  begin(): ChatCompletionChunk;
  /** Nothing for a token that shows no text and whose probability nobody wants. */
  token(event: Extract<AnswerEvent, { type: 'token' }>): ChatCompletionChunk | undefined;
  end(answer: Answer): ChatCompletionChunk[];
  /** All of it as one. */
  whole(chunks: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletion>;
}

export function createChunkWriter(options: ChunkWriterOptions): ChunkWriter {
  const { model, modelRoot, includesUsage, includesLogprobs } = options;
  const shared = {
    id: `chatcmpl-${crypto.randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: `fp_${modelRoot.slice(0, 12)}`,
  };
  let usage: CompletionUsage | undefined;

  const chunk = (
    choices: ChatCompletionChunk['choices'],
    more: Partial<ChatCompletionChunk> = {},
  ): ChatCompletionChunk => ({
    ...shared,
    object: 'chat.completion.chunk',
    choices,
    ...(includesUsage && { usage: null }),
    ...more,
  });
  type Choice = ChatCompletionChunk['choices'][number];
  const choice = (delta: Choice['delta'], more: Partial<Choice> = {}): Choice[] => [
    { index: 0, delta, finish_reason: null, logprobs: null, ...more },
  ];

  return {
    begin: () => chunk(choice({ role: 'assistant', content: '' })),
    token({ text, logprobs }) {
      if (text === '' && logprobs === undefined) return undefined;
      const shown = logprobs && includesLogprobs ? logprobsOf([logprobs]) : null;
      return chunk(choice({ content: text }, { logprobs: shown }));
    },
    end(answer) {
      usage = usageOf(answer);
      const finish = choice({}, { finish_reason: finishOf(answer) });
      const last = chunk(finish, { manyhands: provenanceOf(answer, modelRoot) });
      return includesUsage ? [last, chunk([], { usage })] : [last];
    },
    async whole(chunks) {
      let content = '';
      let finishReason: FinishReason = 'stop';
      let manyhands: AnswerProvenance | undefined;
      const tokens = [];
      for await (const { choices, manyhands: provenance } of chunks) {
        const [only] = choices;
        content += only?.delta.content ?? '';
        tokens.push(...(only?.logprobs?.content ?? []));
        finishReason = only?.finish_reason ?? finishReason;
        manyhands = provenance ?? manyhands;
      }
      if (manyhands === undefined || usage === undefined) {
        throw new Error('The chunks ended before the answer.');
      }
      const logprobs = includesLogprobs ? { content: tokens, refusal: null } : null;
      const message = { role: 'assistant', content, refusal: null } as const;
      return {
        ...shared,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: finishReason, logprobs }],
        usage,
        manyhands,
      };
    },
  };
}

/** A stop string ends an answer as the model itself does; the context is a length. */
function finishOf({ finishReason }: Answer): FinishReason {
  return finishReason === 'length' || finishReason === 'context' ? 'length' : 'stop';
}

function usageOf({ tokenIds, stats }: Answer): CompletionUsage {
  return {
    prompt_tokens: stats.promptTokens,
    completion_tokens: tokenIds.length,
    total_tokens: stats.promptTokens + tokenIds.length,
    prompt_tokens_details: { cached_tokens: stats.reusedTokens ?? 0 },
  };
}

function provenanceOf({ chain, links, stats }: Answer, modelRoot: string): AnswerProvenance {
  return {
    model_root: modelRoot,
    volunteers: chain.map(({ peerId, firstBlock, endBlock, embeds, heads }) => ({
      peer_id: peerId,
      first_block: firstBlock,
      end_block: endBlock,
      embeds,
      heads,
    })),
    links: links.map(({ from, to, direct, path, bytesSent }) => ({
      from,
      to,
      direct,
      ...(path !== undefined && { path }),
      bytes_sent: bytesSent,
    })),
    repairs: stats.repairs,
    ...(stats.ttftMs !== undefined && { ttft_ms: stats.ttftMs }),
    ...(stats.decodeTokensPerSecond !== undefined && {
      tokens_per_second: stats.decodeTokensPerSecond,
    }),
  };
}
