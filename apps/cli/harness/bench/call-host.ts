import type { BenchCall, BenchCalls } from './bench-messages.ts';

/** Calls by name: what crosses to a page and to its worker is data. */
export function callHost(host: BenchCalls, { method, args }: BenchCall): Promise<unknown> {
  const run = host[method] as (...args: readonly unknown[]) => Promise<unknown>;
  return run(...args);
}
