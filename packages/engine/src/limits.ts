/** Rows of one submit: longer inputs are cut, and scratch buffers are this long. */
export const CHUNK_TOKENS_MAX = 64;

/** Rows whose logits exist at a time: 8 rows of a vocabulary of 152k are 5 MB. */
export const HEAD_ROWS_MAX = 8;

/** Rows whose attention may be split over positions: partial results take memory for each. */
export const SPLIT_ROWS_MAX = 8;

/** What one submission should take at most: on a GPU a frame of the screen, in software a long task. */
export const SUBMIT_MS_MAX_GPU = 16;
export const SUBMIT_MS_MAX_SOFTWARE = 100;

/** Chunks that may wait on the device before the next one waits for them. */
export const CHUNKS_IN_FLIGHT_MAX = 4;

/** Rows that steps of several sessions may make together; longer prompts are run in parts. */
export const PASS_TOKENS_MAX = 64;

/** Rows of a step that somebody may read along with: a token and its drafts. */
export const DECODE_ROWS_MAX = 16;

/** How much longer than its decode rows alone a pass may take because a prompt is read in it, */
export const PREFILL_SLACK = 2;
/** and because one owner has several sessions while others wait. */
export const OWNER_SLACK = 1.25;
/** Rows of a pass that decode steps leave to a prompt that waits. */
export const PREFILL_ROWS_KEPT = 4;

/** After a step, its owner's next one is expected within this: a token's way round a chain. */
export const READ_ALONG_MS = 1_000;

/** Steps that may wait for their turn in one stage. */
export const QUEUED_STEPS_MAX = 64;

/** Sessions that one stage keeps at a time, whatever its memory. */
export const SESSIONS_MAX = 256;

/** Bounds of the share of time that a volunteer gives: below, a step would seem to hang. */
export const GPU_SHARE_MIN = 0.05;
export const GPU_SHARE_MAX = 1;

/** The KV cache grows by this part at least: growing copies it. */
export const PAGES_GROWTH = 0.5;

/** The longest rest after one step, whatever the share. */
export const REST_MS_MAX = 5_000;

/** Bytes handed to the device before loading waits for it to have taken them. */
export const UPLOAD_BYTES_IN_FLIGHT_MAX = 32 * 1024 * 1024;

/** How long passes must have paused before kernels are measured: longer than a token's way back. */
export const TUNING_IDLE_MS = 500;

/** How long a step on the processor keeps its thread before it lets messages in. */
export const STEP_SLICE_MS = 50;

/** How long a stage waits while loading for a thread to start; it goes on with those that did. */
export const THREAD_START_MS_MAX = 5_000;
/** One wait for other threads, and how many of them a round of kernels may take before one is taken for dead. */
export const THREAD_WAIT_MS = 1_000;
export const THREAD_WAITS_MAX = 30;
