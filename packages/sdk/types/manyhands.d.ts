/** What is published: kept by hand, complete in itself, and what the implementation is checked against. */

export interface ManyhandsOptions {
  /** Origin of a relay, e.g. `https://example.org`. */
  relay: string;
  /** Origins of all relays to keep to. Without it, `relay` and those that it names. */
  relays?: readonly string[];
  /** `profile` (default) keeps a key in this site's IndexedDB; `memory` forgets it with the page. */
  identity?: 'profile' | 'memory';
  /** Volunteers never see this browser's address: everything goes through the relay, slower. */
  hideAddress?: boolean;
}

/** Asks a network of volunteers. Nothing is connected before the first request. */
export declare class Manyhands {
  constructor(options: ManyhandsOptions);
  readonly chat: { readonly completions: ChatCompletions };
  readonly embeddings: Embeddings;
  readonly models: Models;
  /**
   * A `fetch` that answers `…/chat/completions`, `…/embeddings` and `…/models` itself, for clients that
   * take one: `new OpenAI({ baseURL, fetch: manyhands.fetch })`. Sends nothing to any server.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Puts the relay's consent frame into `element`; nothing runs before somebody agrees inside it. */
  contribute(element: Element, options?: ContributeOptions): Contribution;
  /** Ends what runs and closes all connections. */
  close(): void;
}

export interface RequestOptions {
  signal?: AbortSignal | null;
  /** Called while an answer is prepared and computed. */
  onProgress?: (progress: Progress) => void;
}

export type Progress =
  /** Why these volunteers. */
  | { type: 'routing'; reason: string }
  /** How long a token should take, by what was measured on the open links; told again as it changes. */
  | { type: 'prediction'; reason: string; msPerToken: number }
  /** Everybody is busy; tried again after about this long. */
  | { type: 'queued'; estimateMs: number }
  /** Nobody holds what is missing now. */
  | { type: 'waiting'; reason: string }
  | { type: 'prefill'; doneTokens: number; totalTokens: number }
  /** A volunteer was lost and is being replaced. */
  | { type: 'repair'; attempt: number; reason: string };

export interface ChatCompletions {
  create(body: ChatCompletionParamsNonStreaming, options?: RequestOptions): Promise<ChatCompletion>;
  create(
    body: ChatCompletionParamsStreaming,
    options?: RequestOptions,
  ): Promise<ChatCompletionStream>;
  create(
    body: ChatCompletionParams,
    options?: RequestOptions,
  ): Promise<ChatCompletion | ChatCompletionStream>;
}

export interface ChatTextPart {
  type: 'text';
  text: string;
}

export interface ChatMessage {
  /** `developer` is read as `system`. */
  role: 'system' | 'developer' | 'user' | 'assistant';
  content: string | readonly ChatTextPart[];
}

export interface ChatCompletionParamsBase {
  /** An id of `models.list()`, or a model's root. */
  model: string;
  messages: readonly ChatMessage[];
  /** 1024 unless stated. */
  max_completion_tokens?: number | null;
  /** Older name of `max_completion_tokens`. */
  max_tokens?: number | null;
  /** 1 unless stated; 0 always takes the likeliest token. */
  temperature?: number | null;
  top_p?: number | null;
  seed?: number | null;
  /** Up to 16, of up to 200 characters. */
  stop?: string | readonly string[] | null;
  logprobs?: boolean | null;
  /** Up to 20. */
  top_logprobs?: number | null;
  /** Only 1. */
  n?: number | null;
  stream_options?: { include_usage?: boolean } | null;
  /** What OpenAI's API has no name for. */
  manyhands?: {
    top_k?: number;
    min_p?: number;
    repetition_penalty?: number;
    /** Spread the model over at least this many volunteers. */
    stages_min?: number;
  } | null;
}

export interface ChatCompletionParamsNonStreaming extends ChatCompletionParamsBase {
  stream?: false | null;
}

export interface ChatCompletionParamsStreaming extends ChatCompletionParamsBase {
  stream: true;
}

export type ChatCompletionParams = ChatCompletionParamsNonStreaming | ChatCompletionParamsStreaming;

export type FinishReason = 'stop' | 'length';

export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  /** Names the weights: equal fingerprint and seed give nearly always equal text. */
  system_fingerprint: string;
  choices: [
    {
      index: 0;
      message: { role: 'assistant'; content: string; refusal: null };
      finish_reason: FinishReason;
      logprobs: Logprobs | null;
    },
  ];
  usage: CompletionUsage;
  manyhands: AnswerProvenance;
}

export interface ChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  system_fingerprint: string;
  /** Empty in the chunk that carries `usage`. */
  choices: {
    index: 0;
    delta: { role?: 'assistant'; content?: string };
    finish_reason: FinishReason | null;
    logprobs: Logprobs | null;
  }[];
  /** With `stream_options.include_usage`: `null` except in the last chunk. */
  usage?: CompletionUsage | null;
  /** In the chunk with the `finish_reason`. */
  manyhands?: AnswerProvenance;
}

export interface ChatCompletionStream extends AsyncIterable<ChatCompletionChunk> {
  /** `controller.abort()` ends the answer; so does leaving the loop. */
  readonly controller: AbortController;
  /** Lines of JSON, one chunk each. */
  toReadableStream(): ReadableStream<Uint8Array>;
}

export interface TokenLogprob {
  token: string;
  bytes: number[];
  logprob: number;
}

export interface Logprobs {
  content: (TokenLogprob & { top_logprobs: TokenLogprob[] })[];
  refusal: null;
}

export interface CompletionUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** Tokens of an earlier answer that the volunteers still had. */
  prompt_tokens_details: { cached_tokens: number };
}

/** Who computed an answer, and how it went. */
export interface AnswerProvenance {
  /** Names the model by the hash over its weights. */
  model_root: string;
  /** In the order of the chain. */
  volunteers: {
    peer_id: string;
    first_block: number;
    end_block: number;
    embeds: boolean;
    heads: boolean;
  }[];
  /** Between the volunteers and this page. */
  links: {
    from: string;
    to: string;
    direct: boolean;
    path?: string;
    bytes_sent: number;
  }[];
  /** Volunteers that were lost and replaced. */
  repairs: number;
  /** To the first token. */
  ttft_ms?: number;
  tokens_per_second?: number;
}

export interface Embeddings {
  create(body: EmbeddingParams, options?: Pick<RequestOptions, 'signal'>): Promise<EmbeddingList>;
}

export interface EmbeddingParams {
  model: string;
  /** Up to 2048 texts. */
  input: string | readonly string[];
  /** `float` unless stated. */
  encoding_format?: 'float' | 'base64' | null;
  /** Only what the model has. */
  dimensions?: number | null;
}

export interface EmbeddingList {
  object: 'list';
  data: {
    object: 'embedding';
    index: number;
    /** With `base64`: 32-bit floats, little-endian. */
    embedding: number[] | string;
  }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
  manyhands: EmbeddingProvenance;
}

export interface EmbeddingProvenance {
  model_root: string;
  /** Who computed inputs `[first_input, end_input)`. */
  volunteers: {
    peer_id: string;
    numeric_class: string;
    first_input: number;
    end_input: number;
    direct: boolean;
    path?: string;
    elapsed_ms: number;
  }[];
}

export interface Models {
  list(options?: Pick<RequestOptions, 'signal'>): Promise<ModelList>;
  retrieve(model: string, options?: Pick<RequestOptions, 'signal'>): Promise<Model>;
}

export interface ModelList {
  object: 'list';
  data: Model[];
}

/** A model that the relay has verified. Whether somebody runs it now, only asking tells. */
export interface Model {
  id: string;
  object: 'model';
  /** Not known: 0. */
  created: number;
  owned_by: string;
  manyhands: {
    root: string;
    name: string;
    kind: 'chat' | 'embedding';
    context_length: number;
    size_bytes: number;
    licence: string;
  };
}

export interface ContributeOptions {
  /** What the relay's operator gave this site, so that the frame may be here. */
  key?: string;
  /** An id of `models.list()`. Without it, what the network needs most. */
  model?: string;
  theme?: 'light' | 'dark' | 'auto';
  lang?: string;
}

export interface Contribution {
  readonly element: HTMLElement;
  /** Takes the frame away, which stops what it started. */
  remove(): void;
}

/** A request that failed. `status` is what an HTTP API would answer; docs/sdk.md lists all codes. */
export declare class ManyhandsError extends Error {
  readonly status: number;
  readonly code: string;
  readonly type: 'invalid_request_error' | 'rate_limit_error' | 'aborted' | 'server_error';
  /** The parameter that is wrong, where it is one. */
  readonly param: string | null;
  /** When it is worth asking again, where somebody said so. */
  readonly retryAfterMs: number | undefined;
}

export interface ServeOptions {
  /** Where this site has the worker's file. `/manyhands-sw.js` unless stated. */
  script?: string;
  /** Whose requests it may answer; at most the folder of `script`, which it is unless stated. */
  scope?: string;
}

export interface Serving {
  /** For clients of OpenAI's API: `new OpenAI({ baseURL })`. */
  readonly baseURL: string;
  /** This page answers no more; the worker stays. */
  stop(): void;
}

/**
 * Answers `v1/chat/completions`, `v1/embeddings` and `v1/models` below the scope on this page's own
 * origin. Of several in one page, the first that was not stopped answers. Resolves once the service worker controls
 * the page. Rejects with `ManyhandsError`
 * `service-worker-unavailable` where it cannot.
 */
export declare function serveOpenAi(
  manyhands: Pick<Manyhands, 'fetch'>,
  options?: ServeOptions,
): Promise<Serving>;
