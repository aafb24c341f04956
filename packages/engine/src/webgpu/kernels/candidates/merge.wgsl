// Entries of candidates.wgsl: workgroup (0, row) has the candidates of all parts of a row.

override part_count: u32;

// [rows, part_count, 129], as candidates.wgsl writes them
@group(0) @binding(1) var<storage, read> parts: array<u32>;

struct Entries {
  count: u32,
  result: u32,
  first: u32,
}

fn entries_of(workgroup: vec3<u32>) -> Entries {
  let first = workgroup.y * part_count * ROW_WORDS;
  return Entries(part_count * CANDIDATES_MAX, params.first_row + workgroup.y, first);
}

fn word_at(entries: Entries, i: u32, offset: u32) -> u32 {
  return parts[entries.first + (i / CANDIDATES_MAX) * ROW_WORDS + offset];
}

fn logit_at(entries: Entries, i: u32) -> f32 {
  return bitcast<f32>(word_at(entries, i, CANDIDATES_MAX + i % CANDIDATES_MAX));
}

fn id_at(entries: Entries, i: u32) -> u32 {
  return word_at(entries, i, i % CANDIDATES_MAX);
}

// A part's sum comes with its first entry.
fn exponential_at(entries: Entries, i: u32, logit: f32, peak: f32) -> f32 {
  if (i % CANDIDATES_MAX != 0u) {
    return 0.0;
  }
  return exp(bitcast<f32>(word_at(entries, i, 2u * CANDIDATES_MAX)) - peak);
}
