/** Wall clock of this machine with the resolution of `performance.now`: the pages' clock too. */
export function machineNowMs(): number {
  return performance.timeOrigin + performance.now();
}
