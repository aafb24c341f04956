import type { EngineErrorCode } from '@manyhands/engine/error';
import type { ModelErrorCode } from '@manyhands/model/error';
import type { PeerErrorCode } from '@manyhands/peer/error';
import type { ErrorReport } from '@manyhands/peer/error-report';
import type { SwarmErrorCode } from '@manyhands/swarm/error';

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

type KnownCode = EngineErrorCode | ModelErrorCode | PeerErrorCode | SwarmErrorCode | 'internal';

/** The title and the advice for an error's code; an unknown code still gets a notice and a retry. */
export function chooseRemedy(error: ErrorReport): Remedy {
  return Object.hasOwn(REMEDIES, error.code)
    ? REMEDIES[error.code as KnownCode]
    : REMEDIES.internal;
}

const remedy = (title: string, advice: string, ...actions: RemedyAction[]): Remedy => ({
  title,
  advice,
  actions,
});

const updateBrowser =
  'Use a recent Chrome, Edge, or Safari 26, or Firefox 141 on Windows; on Linux, Chrome may need chrome://flags/#enable-unsafe-webgpu.';
const modelFile = 'Choose another model, or tell the operator of this relay.';

const REMEDIES: Record<KnownCode, Remedy> = {
  // This browser
  'insecure-context': remedy(
    'This page was opened over plain http',
    'Browsers allow the GPU and encryption only on https and on localhost. Open the https address of this site.',
  ),
  'no-webgpu': remedy(
    'This browser has no WebGPU',
    `Its GPU cannot be used. Let the processor compute instead, or update the browser. ${updateBrowser}`,
  ),
  'no-adapter': remedy(
    'The browser found no usable GPU',
    `Let the processor compute instead, under “Compute with”. Or check that hardware acceleration is switched on in the browser's settings, and try again. ${updateBrowser}`,
    'retry',
  ),
  'no-simd': remedy(
    'This browser cannot compute with its processor',
    `It has no WebAssembly SIMD, or a policy forbids WebAssembly. ${updateBrowser}`,
  ),
  'onnx-runtime': remedy(
    'The program for this kind of model did not start',
    'It is fetched from this site. Check the connection and reload the page.',
    'reload',
  ),
  'text-too-long': remedy(
    'A text is longer than the model reads',
    'Cut it into parts and ask for each.',
  ),
  'no-texts': remedy('There is nothing to embed', 'Every text needs some words.'),
  'too-many-texts': remedy('These are too many texts at a time', 'Ask for them in parts.'),
  'embedding-lost': remedy(
    'The volunteers that turn texts into vectors failed or left',
    'Try again in a moment, or contribute this model in another tab.',
    'retry',
    'contribute',
  ),
  'embedding-timeout': remedy(
    'No volunteer answered in time',
    'They are busy or slow. Try again, with fewer or shorter texts.',
    'retry',
  ),
  'timed-out': remedy(
    'This tab took too long to compute',
    'Close other pages or choose a smaller model, then try again.',
    'retry',
  ),
  'bad-invite': remedy(
    'This invitation cannot be used',
    'Ask whoever sent it for the whole link, and open it as it is.',
  ),
  'circle-expired': remedy(
    'This circle has expired',
    'Ask a member for a new invitation, or make a new circle.',
  ),
  'webrtc-unavailable': remedy(
    'This browser has no WebRTC',
    'Tabs talk to each other over WebRTC. Check whether an extension or a policy switches it off, or use another browser.',
  ),
  'over-ration': remedy(
    'The relay carries no more for this tab',
    'No direct path leads to the volunteer, and the ration for sealed links through the relay is used up or switched off. Wait an hour, allow direct connections, or try another network.',
    'retry',
  ),
  'crypto-unavailable': remedy(
    'This browser lacks the needed encryption',
    'Update the browser, and open the page over https or on localhost.',
  ),
  'self-test-failed': remedy(
    'This device computes wrong numbers',
    'A test on made-up weights failed, so it takes no work. Update the graphics driver and the browser, or choose the processor under “Compute with”.',
    'retry',
  ),
  'device-lost': remedy(
    'The GPU was reset',
    'The driver or the system took the GPU away. Close other tabs that use it, lower the GPU share, and start again.',
    'retry',
  ),
  'out-of-memory': remedy(
    'The GPU ran out of memory',
    'Lower the memory slider or close other tabs, then start again.',
    'retry',
  ),
  'over-budget': remedy(
    'The memory limit is too small',
    'What should be held does not fit into the limit. Raise the memory slider or choose a smaller model.',
    'retry',
  ),
  'storage-full': remedy(
    'The browser has no room to keep the model',
    'Free some disk space or clear data of other sites, then try again.',
    'retry',
  ),
  validation: remedy(
    'The GPU driver refused the work',
    'Update the browser and the graphics driver, then try again.',
    'retry',
  ),
  // Relay and peers
  'relay-unreachable': remedy(
    'The relay cannot be reached',
    'Without it tabs cannot find each other. Check the connection; this tab keeps trying.',
    'retry',
  ),
  'relay-refused': remedy(
    'The relay refused this tab',
    'Close other Manyhands tabs if many are open, wait a minute, then try again.',
    'retry',
  ),
  'embed-refused': remedy(
    'This site may not show Manyhands',
    'The operator of the relay has not listed it, or withdrew it. Nothing runs here. You can still use Manyhands on the operator’s own site.',
    'retry',
  ),
  'embed-full': remedy(
    'Enough people contribute from this site',
    'Its operator allows only so many at a time. Come back later, or contribute on the operator’s own site.',
    'retry',
  ),
  'embed-busy': remedy(
    'Enough was asked from this site for the moment',
    'Its operator allows only so many questions a minute. Wait a minute, then try again.',
    'retry',
  ),
  version: remedy(
    'This page is too old',
    'The network speaks a newer version. Reload to get the current page.',
    'reload',
  ),
  'peer-unreachable': remedy(
    'A volunteer cannot be reached',
    'No path between the two networks was found. Try again: another volunteer may be chosen.',
    'retry',
  ),
  'peer-declined': remedy(
    'A volunteer declined',
    'It is busy or leaving. Try again: another one may be chosen.',
    'retry',
  ),
  'handshake-failed': remedy(
    'A volunteer could not prove who it is',
    'No text was sent to it. Try again: another one may be chosen.',
    'retry',
  ),
  'fingerprint-mismatch': remedy(
    'Somebody tried to sit in the middle',
    'The connection was dropped before any text was sent. Try again; if it happens again, do not trust this relay or network.',
    'retry',
  ),
  'link-closed': remedy('The connection to a volunteer was lost', 'Try again.', 'retry'),
  'over-limit': remedy('Too much at once', 'Wait a moment, then try again.', 'retry'),
  // Answers
  'no-volunteers': remedy(
    'Nobody is running this model right now',
    'Open another tab and press Contribute, or let this tab help.',
    'contribute',
    'retry',
  ),
  'not-covered': remedy(
    'Part of this model is held by nobody',
    'It needs more volunteers. Open another tab and press Contribute, or let this tab help.',
    'contribute',
    'retry',
  ),
  'not-enough-stages': remedy(
    'There are not enough volunteers to spread the model that far',
    'Lower “Stages at least” in the advanced settings, or open more tabs and press Contribute.',
    'contribute',
    'retry',
  ),
  'chain-lost': remedy(
    'Volunteers left and nobody could take over',
    'What was written so far is kept. Try again when the model is covered.',
    'contribute',
    'retry',
  ),
  'step-timeout': remedy(
    'A volunteer took too long',
    'What was written so far is kept. Try again: another one may be chosen.',
    'retry',
  ),
  'replay-failed': remedy(
    'A lost volunteer could not be replaced',
    'What was written so far is kept. Try again: the text is computed anew.',
    'retry',
  ),
  'session-refused': remedy(
    'The volunteers refused',
    'None took this conversation. Wait a moment, then try again.',
    'retry',
  ),
  busy: remedy(
    'The volunteers are busy',
    'None had room for another conversation for minutes. Try again later, or contribute a tab.',
    'retry',
    'contribute',
  ),
  'prompt-empty': remedy('There is nothing to answer', 'Write something first.'),
  'prompt-too-long': remedy(
    'The conversation is too long for this model',
    'Leave out what was said before, start a new conversation, or choose a model with a longer context.',
    'without-history',
    'new-conversation',
  ),
  'bad-sampling': remedy(
    'A setting is outside its range',
    'Correct it in the advanced settings, then try again.',
    'retry',
  ),
  'bad-frame': remedy(
    'A volunteer sent something malformed',
    'It was not used. Try again: another one may be chosen.',
    'retry',
  ),
  'non-finite': remedy(
    'A volunteer computed something impossible',
    'It was not used. Try again: another one may be chosen.',
    'retry',
  ),
  'nothing-to-hold': remedy(
    'Nothing fits into this tab now',
    'Raise the memory slider, choose a smaller model, or come back later.',
    'retry',
  ),
  'model-not-ready': remedy(
    'The relay has not verified this model yet',
    'Only verified models are run. Choose another one, or come back when the relay is done.',
    'retry',
  ),
  // Models
  network: remedy(
    'The download failed',
    'Check the connection, then try again: it goes on where it stopped.',
    'retry',
  ),
  'not-found': remedy('The model file is gone', modelFile, 'retry'),
  'hash-mismatch': remedy(
    'The downloaded model is not the real one',
    `Its bytes do not match the verified manifest, so nothing was run. ${modelFile}`,
    'retry',
  ),
  'range-unsupported': remedy('The model file cannot be read in parts', modelFile),
  'bad-manifest': remedy('The description of this model is damaged', modelFile, 'retry'),
  'catalog-unavailable': remedy(
    'The list of models could not be read',
    'The relay did not answer. Check the connection; this tab keeps trying.',
    'retry',
  ),
  'bad-catalog': remedy('The list of models is damaged', 'Reload the page.', 'reload'),
  'not-gguf': remedy('This is not a GGUF model', modelFile),
  'unsupported-version': remedy('This model file is too old or too new', modelFile),
  truncated: remedy('The model file is cut off', modelFile, 'retry'),
  malformed: remedy('Something malformed arrived', 'It was not used. Try again.', 'retry'),
  'unsupported-architecture': remedy('This kind of model cannot be run yet', modelFile),
  'unsupported-tensor-type': remedy('This model is packed in a way that cannot be run', modelFile),
  'unsupported-feature': remedy('This model needs something that cannot be run yet', modelFile),
  'unsupported-model': remedy('This model cannot be run on this GPU', modelFile),
  'unsupported-tokenizer': remedy('This model splits text in an unknown way', modelFile),
  'missing-tensor': remedy('The model file lacks a part', modelFile),
  'bad-chat-template': remedy('This model cannot be used for a conversation', modelFile),
  // Ours
  aborted: remedy('Stopped', 'Start again whenever you like.', 'retry'),
  'bad-step': remedy('The engine was asked for something impossible', 'Try again.', 'retry'),
  'unknown-session': remedy('A volunteer forgot this conversation', 'Try again.', 'retry'),
  disposed: remedy('The engine was already stopped', 'Start again.', 'retry'),
  internal: remedy(
    'Something went wrong inside Manyhands',
    'Try again; if it happens again, reload the page.',
    'retry',
    'reload',
  ),
};
