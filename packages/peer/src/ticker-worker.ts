import { BEAT_INTERVAL_MS } from '@manyhands/protocol/limits';

/** The worker behind `ticker`. */
setInterval(() => postMessage(undefined), BEAT_INTERVAL_MS);
