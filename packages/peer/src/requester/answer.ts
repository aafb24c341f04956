import type { ChainReason } from '@manyhands/planner/chain-reason';
import type { ActivationType } from '@manyhands/protocol/activation';
import type { LinkPath } from '@manyhands/protocol/peer-message';
import type { ErrorReport } from '../error-report.ts';
import type { PositionLogprobs } from './logprobs.ts';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface SamplingOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 keeps all candidates (at most 64 reach the requester). */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  /** 1 changes nothing. */
  readonly repetitionPenalty: number;
  /** Without it every answer differs. */
  readonly seed?: number;
}

export interface AnswerRequest {
  readonly modelRoot: string;
  /** A conversation through the model's chat template, or text fed as it is. */
  readonly input:
    | {
        readonly messages: readonly ChatMessage[];
        /** The answer has begun with this, and goes on behind it: its events bring only what is new. */
        readonly answerStart?: string;
      }
    | { readonly rawText: string }
    | { readonly tokenIds: readonly number[] };
  readonly tokensMax: number;
  readonly sampling: SamplingOptions;
  readonly stopStrings?: readonly string[];
  /** Goes on after an end token: comparisons with a reference need a fixed number of tokens. */
  readonly ignoresEnd?: boolean;
  /** Spread the model over at least this many volunteers. Default 1. */
  readonly stagesMin?: number;
  /** Precision of hidden states between tabs. Default `f16`. */
  readonly activation?: ActivationType;
  /**
   * Guesses tokens from the text so far and has several verified in one pass, where that is faster.
   * Changes no answer. Default true.
   */
  readonly drafts?: boolean;
  /** Tells how likely each token was, beside this many likeliest ones: 0 to 64. */
  readonly topLogprobs?: number;
  /** Identities that are to compute nothing of it, not even as a replacement. */
  readonly avoid?: readonly string[];
}

/** One stage of the chain that computed an answer. */
export interface ChainStage {
  readonly peerId: string;
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly embeds: boolean;
  readonly heads: boolean;
}

export interface ChainLink {
  /** Peer ids; the requester is one of them. */
  readonly from: string;
  readonly to: string;
  readonly direct: boolean;
  /** What lies between, where the browsers told. */
  readonly path?: LinkPath;
  readonly bytesSent: number;
}

export type FinishReason = 'stop' | 'stop-string' | 'length' | 'context' | 'aborted' | 'failed';

export interface AnswerStats {
  readonly promptTokens: number;
  /** Of them, those that the volunteers still had from an earlier answer. */
  readonly reusedTokens?: number;
  /** Guessed tokens that were verified, and those of them that were right: passes saved. */
  readonly draftedTokens?: number;
  readonly acceptedTokens?: number;
  readonly ttftMs?: number;
  readonly decodeTokensPerSecond?: number;
  readonly prefillTokensPerSecond?: number;
  /** Chains rebuilt because a volunteer disappeared. */
  readonly repairs: number;
  /** What chance was drawn from: the same seed and settings give the same answer again. */
  readonly seed?: number;
}

/** What there is no chain for the lack of. */
export interface MissingForChain {
  readonly code: 'no-volunteers' | 'not-covered' | 'not-enough-stages' | 'only-blocked';
  /** Nobody serves these; empty except where the code is `not-covered`. */
  readonly missingBlocks: readonly number[];
  readonly missesEmbedding: boolean;
  readonly missesHead: boolean;
  /** The same in English, with what to do about it. */
  readonly message: string;
}

/** What a caller sees while an answer is computed, in order. */
export type AnswerEvent =
  /** Why these volunteers; `predictedMs` is what a token should take, where a whole chain was chosen. */
  | { readonly type: 'routing'; readonly reason: ChainReason; readonly predictedMs?: number }
  /** All of its stages round in the same way (`DirectoryEntry.numericClass`). */
  | {
      readonly type: 'chain';
      readonly chain: readonly ChainStage[];
      readonly numericClass?: string;
    }
  /** What a token should take, and why these volunteers, by what was measured on the open chain. */
  | { readonly type: 'prediction'; readonly reason: ChainReason; readonly predictedMs: number }
  /** All who could answer are busy; it is tried again after about this long. */
  | { readonly type: 'queued'; readonly estimateMs: number }
  | { readonly type: 'prefill'; readonly doneTokens: number; readonly totalTokens: number }
  /** Nobody holds what is missing now: the answer goes on by itself when somebody does. */
  | { readonly type: 'waiting'; readonly missing: MissingForChain }
  | {
      readonly type: 'token';
      readonly tokenId: number;
      readonly text: string;
      /** Where they were asked for; not of the token that ends an answer. */
      readonly logprobs?: PositionLogprobs;
    }
  /** A volunteer was lost, and which, where it is known. */
  | {
      readonly type: 'repair';
      readonly attempt: number;
      readonly reason: ErrorReport;
      readonly peerIds?: readonly string[];
    }
  | { readonly type: 'done'; readonly answer: Answer };

/** The result; `failed` and `aborted` keep the text computed until then. */
export interface Answer {
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly finishReason: FinishReason;
  readonly error?: ErrorReport;
  readonly chain: readonly ChainStage[];
  readonly links: readonly ChainLink[];
  readonly stats: AnswerStats;
}

/** Asks the swarm. Never throws for expected outcomes: the last event is always `done`. */
export interface Requester {
  answer(request: AnswerRequest, signal?: AbortSignal): AsyncIterable<AnswerEvent>;
}
