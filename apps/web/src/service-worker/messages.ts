import * as v from 'valibot';

/** A page to the worker that waits: the person pressed Reload. */
export const Activate = v.strictObject({ type: v.literal('manyhands-site-activate') });
export type Activate = v.InferOutput<typeof Activate>;
