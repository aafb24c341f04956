// The rows of a chunk and the pages of the KV cache. A page holds 32 positions of one session in
// every block; `kv/chunk-rows.ts` writes `rows`. Prepended to kernels that know positions.

override kv_head_count: u32;
override head_dim: u32;
// head_dim / 4, rounded up: keys and values are read four dimensions at a time, zeros after the
// last.
override quad_count: u32;

const PAGE_POSITIONS = 32u;
// Where the tiles of attention start in `rows`; a multiple of two words for each of 64 rows.
const TILES_AT = 128u;

// For each row its position and where its page table starts in this buffer; then for each tile its
// first row and how many rows it has; then the page tables.
@group(0) @binding(1) var<storage, read> rows: array<u32>;

fn row_position(row: u32) -> u32 {
  return rows[2u * row];
}

// The page that holds a position of the row's session.
fn page_of(row: u32, position: u32) -> u32 {
  return rows[rows[2u * row + 1u] + position / PAGE_POSITIONS];
}
