import * as v from 'valibot';

/*
 * What the service worker and the pages it controls tell each other. They may be of different builds: a
 * worker stays as long as a page of its time is open. The version is part of each request.
 */

export const WORKER_VERSION = 1;

const text = (lengthMax: number) => v.pipe(v.string(), v.maxLength(lengthMax));

/** Worker to page, with a port for everything that follows. */
export const PageRequest = v.strictObject({
  type: v.literal('manyhands-request'),
  version: v.literal(WORKER_VERSION),
  url: text(2_048),
  method: text(16),
  body: v.nullable(v.string()),
});
export type PageRequest = v.InferOutput<typeof PageRequest>;

/** Page to worker, on the port, in this order; `failed` may come instead of any. */
export const FromPage = v.variant('type', [
  /** The page runs the SDK and will answer. */
  v.strictObject({ type: v.literal('accepted') }),
  v.strictObject({
    type: v.literal('head'),
    status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
    headers: v.pipe(v.array(v.tuple([text(100), text(1_000)])), v.maxLength(20)),
  }),
  /** One for each `pull`. */
  v.strictObject({ type: v.literal('chunk'), bytes: v.instance(Uint8Array<ArrayBuffer>) }),
  v.strictObject({ type: v.literal('end') }),
  v.strictObject({ type: v.literal('failed') }),
]);
export type FromPage = v.InferOutput<typeof FromPage>;

/** Worker to page, on the port. */
export const FromWorker = v.variant('type', [
  /** The reader has room for another chunk. */
  v.strictObject({ type: v.literal('pull') }),
  /** Nobody reads any more. */
  v.strictObject({ type: v.literal('cancel') }),
]);
export type FromWorker = v.InferOutput<typeof FromWorker>;

/** Page to worker, without a port. */
export const ToWorker = v.variant('type', [
  /** A page that was loaded past the worker (by a forced reload) wants to be controlled. */
  v.strictObject({ type: v.literal('manyhands-claim') }),
  /** A browser stops a worker that hears nothing, though an answer runs through it. */
  v.strictObject({ type: v.literal('manyhands-stay-awake') }),
]);
export type ToWorker = v.InferOutput<typeof ToWorker>;
