// What changes from step to step. Every kernel binds one 256-byte slot of the same uniform buffer.
struct Params {
  // Rows that this dispatch computes.
  token_count: u32,
  // Position of the first row in its sequence.
  position: u32,
  // Row of the input that row 0 of this dispatch reads (the head starts at the first wanted row).
  first_row: u32,
  // Positions reserved in the session's KV cache: the stride of the keys.
  kv_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
