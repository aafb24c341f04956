import { cpus } from 'node:os';
import type { Machine } from './bench-report.ts';

/** Where something was measured. */
export function describeMachine(runtime: string): Machine {
  const all = cpus();
  const cpu = all[0]?.model ?? 'unknown';
  return { cpu, cores: all.length, platform: `${process.platform} ${process.arch}`, runtime };
}
