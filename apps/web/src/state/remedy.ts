import type { EngineErrorCode } from '@manyhands/engine/error';
import type { ModelErrorCode } from '@manyhands/model/error';
import type { PeerErrorCode } from '@manyhands/peer/error';
import type { ErrorReport } from '@manyhands/peer/error-report';
import type { SwarmErrorCode } from '@manyhands/swarm/error';
import { en } from '../strings/en.ts';
import { t } from '../strings/language.ts';

/** What a notice offers to do about an error, besides reading it. */
export type RemedyAction =
  | 'retry'
  | 'reload'
  | 'contribute'
  | 'without-history'
  | 'new-conversation';

/** An error as a notice shows it: what happened, what to do, which buttons. */
export interface Remedy {
  readonly title: string;
  readonly advice: string;
  readonly actions: readonly RemedyAction[];
}

type KnownCode =
  | EngineErrorCode
  | ModelErrorCode
  | PeerErrorCode
  | SwarmErrorCode
  | 'page-unavailable'
  | 'internal';

/** The title and the advice for an error's code; an unknown code still gets a notice and a retry. */
export function chooseRemedy(error: ErrorReport): Remedy {
  const code = Object.hasOwn(WAYS, error.code) ? (error.code as KnownCode) : 'internal';
  const { hint, actions } = WAYS[code];
  const advice = [
    isAdvised(code) ? t(`remedies.advice.${code}`) : '',
    hint === undefined ? '' : t(`remedies.hints.${hint}`),
  ];
  return {
    title: t(`remedies.titles.${code}`),
    advice: advice.filter((sentence) => sentence !== '').join(' '),
    actions,
  };
}

type Advised = keyof typeof en.remedies.advice;

const isAdvised = (code: KnownCode): code is Advised => code in en.remedies.advice;

/** How an error goes on: an advice that several codes share, and the buttons. */
interface Way {
  readonly hint?: keyof typeof en.remedies.hints;
  readonly actions: readonly RemedyAction[];
}

const WAYS: Record<KnownCode, Way> = {
  'insecure-context': { actions: [] },
  'no-webgpu': { hint: 'updateBrowser', actions: [] },
  'no-adapter': { hint: 'updateBrowser', actions: ['retry'] },
  'no-simd': { hint: 'updateBrowser', actions: [] },
  'onnx-runtime': { actions: ['reload'] },
  'text-too-long': { actions: [] },
  'no-texts': { actions: [] },
  'too-many-texts': { actions: [] },
  'embedding-lost': { actions: ['retry', 'contribute'] },
  'embedding-timeout': { actions: ['retry'] },
  'timed-out': { actions: ['retry'] },
  'bad-invite': { actions: [] },
  'circle-expired': { actions: [] },
  'webrtc-unavailable': { actions: [] },
  'over-ration': { actions: ['retry'] },
  'crypto-unavailable': { actions: [] },
  'self-test-failed': { actions: ['retry'] },
  'device-lost': { actions: ['retry'] },
  'out-of-memory': { actions: ['retry'] },
  'over-budget': { actions: ['retry'] },
  'storage-full': { actions: ['retry'] },
  validation: { actions: ['retry'] },
  'relay-unreachable': { actions: ['retry'] },
  'relay-refused': { actions: ['retry'] },
  'embed-refused': { actions: ['retry'] },
  'embed-full': { actions: ['retry'] },
  'embed-busy': { actions: ['retry'] },
  'relay-outdated': { actions: ['retry'] },
  version: { actions: ['reload'] },
  'peer-unreachable': { actions: ['retry'] },
  'peer-declined': { actions: ['retry'] },
  'handshake-failed': { actions: ['retry'] },
  'fingerprint-mismatch': { actions: ['retry'] },
  'link-closed': { actions: ['retry'] },
  'over-limit': { actions: ['retry'] },
  'no-volunteers': { actions: ['contribute', 'retry'] },
  'not-covered': { actions: ['contribute', 'retry'] },
  'not-enough-stages': { actions: ['contribute', 'retry'] },
  'page-unavailable': { actions: ['retry', 'reload'] },
  'only-blocked': { actions: ['retry'] },
  'chain-lost': { actions: ['contribute', 'retry'] },
  'step-timeout': { actions: ['retry'] },
  'replay-failed': { actions: ['retry'] },
  'session-refused': { actions: ['retry'] },
  busy: { actions: ['retry', 'contribute'] },
  'prompt-empty': { actions: [] },
  'prompt-too-long': { actions: ['without-history', 'new-conversation'] },
  'bad-sampling': { actions: ['retry'] },
  'bad-frame': { actions: ['retry'] },
  'non-finite': { actions: ['retry'] },
  'nothing-to-hold': { actions: ['retry'] },
  'model-not-ready': { actions: ['retry'] },
  network: { actions: ['retry'] },
  'not-found': { hint: 'modelFile', actions: ['retry'] },
  'hash-mismatch': { hint: 'modelFile', actions: ['retry'] },
  'range-unsupported': { hint: 'modelFile', actions: [] },
  'bad-manifest': { hint: 'modelFile', actions: ['retry'] },
  'catalog-unavailable': { actions: ['retry'] },
  'bad-catalog': { actions: ['reload'] },
  'not-gguf': { hint: 'modelFile', actions: [] },
  'unsupported-version': { hint: 'modelFile', actions: [] },
  truncated: { hint: 'modelFile', actions: ['retry'] },
  malformed: { actions: ['retry'] },
  'unsupported-architecture': { hint: 'modelFile', actions: [] },
  'unsupported-tensor-type': { hint: 'modelFile', actions: [] },
  'unsupported-feature': { hint: 'modelFile', actions: [] },
  'unsupported-model': { hint: 'modelFile', actions: [] },
  'unsupported-tokenizer': { hint: 'modelFile', actions: [] },
  'missing-tensor': { hint: 'modelFile', actions: [] },
  'bad-chat-template': { hint: 'modelFile', actions: [] },
  aborted: { actions: ['retry'] },
  'bad-step': { actions: ['retry'] },
  'unknown-session': { actions: ['retry'] },
  disposed: { actions: ['retry'] },
  internal: { actions: ['retry', 'reload'] },
};
