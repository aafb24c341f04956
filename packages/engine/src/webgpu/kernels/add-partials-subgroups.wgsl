// The sum of staged-row's partials, which the lanes of each subgroup divide among themselves: without them
// every invocation reads as many as the workgroup has invocations. Workgroups are a power of two, so a
// subgroup has all its lanes or holds the workgroup.
fn added_partials() -> f32 {
  let lanes = subgroupAdd(1u);
  var share = 0.0;
  for (var i = subgroupExclusiveAdd(1u); i < LANES * slice_count; i += lanes) {
    share += partials[i];
  }
  return subgroupAdd(share);
}
