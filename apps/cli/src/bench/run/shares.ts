import type { AdapterPeaks } from '../measure/adapter-peaks.ts';
import type { Speeds } from '../report/bench-report.ts';
import type { CaseModel } from './case-model.ts';

/** Shares of what the adapter reaches with plain kernels; `null` where that is unknown. */
export function shareOf(
  adapter: AdapterPeaks | null,
  name: string,
  { decodeBytes, blockProducts, headProducts }: CaseModel,
  { decodeMs, prefill }: Speeds,
): { copyShare: number | null; matMulShare: number | null } {
  const copyRate = adapter?.copyBytesPerSecond ?? null;
  const peak = Math.max(0, ...(adapter?.matMul ?? []).map((each) => each.operationsPerSecond ?? 0));
  if (!name.includes('webgpu') || adapter === null) return { copyShare: null, matMulShare: null };
  const longest = prefill.findLast(({ ms }) => ms !== null);
  const operations = longest && 2 * (blockProducts * longest.tokenCount + headProducts);
  const rate = operations && operations / ((longest.ms ?? 0) / 1000);
  return {
    copyShare: copyRate === null ? null : decodeBytes / (decodeMs / 1000) / copyRate,
    matMulShare: rate === undefined || peak === 0 ? null : rate / peak,
  };
}
