// What changes from step to step. Every kernel binds one 256-byte slot of the same uniform buffer.
struct Params {
  // Rows that this dispatch computes.
  token_count: u32,
  // Positions that each part of a split attention goes over.
  split_positions: u32,
  // Row of the input that row 0 of this dispatch reads (the head starts at the first wanted row).
  first_row: u32,
  // Parts of a split attention.
  split_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
