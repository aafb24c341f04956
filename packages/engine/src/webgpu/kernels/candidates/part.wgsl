// Entries of candidates.wgsl: workgroup (part, row) has a part of a row of logits.

override vocab_size: u32;
override logits_stride: u32;
override part_count: u32;
override part_length: u32;

// [rows, logits_stride]
@group(0) @binding(1) var<storage, read> logits: array<f32>;

struct Entries {
  count: u32,
  // Of `out`: the row's own place where there is one part, else [row, part].
  result: u32,
  first: u32,
  first_id: u32,
}

fn entries_of(workgroup: vec3<u32>) -> Entries {
  let first_id = workgroup.x * part_length;
  let result = select(workgroup.y * part_count + workgroup.x, params.first_row + workgroup.y, part_count == 1u);
  let count = min(part_length, vocab_size - first_id);
  return Entries(count, result, workgroup.y * logits_stride + first_id, first_id);
}

fn logit_at(entries: Entries, i: u32) -> f32 {
  return logits[entries.first + i];
}

fn id_at(entries: Entries, i: u32) -> u32 {
  return entries.first_id + i;
}

// What an entry brings to the sum of exp, relative to the peak.
fn exponential_at(entries: Entries, i: u32, logit: f32, peak: f32) -> f32 {
  return exp(logit - peak);
}
