import * as v from 'valibot';
import { FRAME_SETTINGS, FrameLimits } from './frame-settings.ts';

/**
 * Where a browser cannot say what is really visible, the press in the frame only opens a window of this
 * origin, which no page can cover, and the answer is given there.
 */

const Answer = v.strictObject({
  manyhandsConfirm: v.string(),
  isYes: v.boolean(),
  isRemembered: v.boolean(),
});
type Answer = v.InferOutput<typeof Answer>;

/** The limits of the frame: the window has a storage of its own, and would ask about others. */
const Terms = v.strictObject({
  limits: FrameLimits,
  storage: v.picklist(['blocked', 'partitioned', 'granted']),
});
export type Terms = v.InferOutput<typeof Terms>;

const writeTerms = ({ limits, storage }: Terms): string => {
  const { memoryBytes, gpuShare, rules } = limits;
  return JSON.stringify({ limits: { memoryBytes, gpuShare, rules }, storage });
};
/** What a frame asked with that was opened before it told them. */
const FORMER_TERMS = writeTerms({ limits: FRAME_SETTINGS, storage: 'partitioned' });

const Question = v.strictObject({
  confirm: v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/)),
  site: v.pipe(v.string(), v.minLength(1), v.maxLength(600)),
  terms: v.optional(v.pipe(v.string(), v.maxLength(2_000), v.parseJson(), Terms), FORMER_TERMS),
});

/** Asks in a window of its own, within a click; `undefined` where no window opened or it was closed. */
export function askInWindow(
  scope: Window & Pick<typeof globalThis, 'crypto'>,
  site: string,
  terms: Terms,
): Promise<Answer | undefined> {
  const nonce = scope.crypto.randomUUID();
  const { origin, pathname, search } = scope.location;
  const hash = new URLSearchParams({ confirm: nonce, site, terms: writeTerms(terms) });
  const features = 'popup,width=460,height=720';
  const opened = scope.open(`${origin}${pathname}${search}#${hash}`, '_blank', features);
  if (opened === null) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const abort = new AbortController();
    const finish = (answer: Answer | undefined): void => {
      abort.abort();
      clearInterval(timer);
      resolve(answer);
    };
    const timer = setInterval(() => {
      if (opened.closed) finish(undefined);
    }, CLOSED_CHECK_MS);
    scope.addEventListener(
      'message',
      ({ source, origin: from, data }) => {
        if (source !== opened || from !== origin) return;
        const answer = v.safeParse(Answer, data);
        if (answer.success && answer.output.manyhandsConfirm === nonce) finish(answer.output);
      },
      { signal: abort.signal },
    );
  });
}

const CLOSED_CHECK_MS = 500;

/** In the window: what is asked, and how to answer. */
export interface ConfirmQuestion {
  readonly site: string;
  readonly terms: Terms;
  answer(isYes: boolean, isRemembered: boolean): void;
}

export function readQuestion(scope: Window): ConfirmQuestion | undefined {
  if (scope.parent !== scope) return undefined;
  const question = v.safeParse(
    Question,
    Object.fromEntries(new URLSearchParams(scope.location.hash.slice(1))),
  );
  if (!question.success) return undefined;
  const { confirm, site, terms } = question.output;
  return {
    site,
    terms,
    answer(isYes, isRemembered) {
      const answer: Answer = { manyhandsConfirm: confirm, isYes, isRemembered };
      // Reaches nobody but a frame of this origin.
      (scope.opener as Window | null)?.postMessage(answer, scope.location.origin);
      scope.close();
    },
  };
}
