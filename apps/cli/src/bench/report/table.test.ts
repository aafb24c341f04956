import { describe, expect, it } from 'vitest';
import type { BenchReport, CaseReport, Measured, Speeds } from './bench-report.ts';
import { ratiosOf } from './ratios.ts';
import { describeReport } from './table.ts';

const speeds = (decodeMs: number, ms: number | null): Speeds => ({
  decodeMs,
  prefill: [{ tokenCount: 64, ms }],
});

const measured = (name: Measured['name'], own: Partial<Measured>): Measured => ({
  name,
  status: 'measured',
  detail: '',
  agreement: null,
  loadMs: 1500,
  firstTokenMs: 2000,
  measured: speeds(10, 100),
  perBlock: null,
  whole: null,
  samples: { decodeMs: [], prefill: [] },
  dispatchesPerToken: 0,
  peakGpuBytes: 0,
  wasmBytes: 0,
  copyShare: null,
  matMulShare: null,
  kernels: null,
  batch: null,
  ...own,
});

const caseOf = (...contenders: CaseReport['contenders']): CaseReport => ({
  model: 'some',
  type: 'Q4_0',
  backend: 'wasm',
  blockCount: 2,
  wholeBlockCount: 30,
  decodeBytes: 1,
  contenders,
});

describe('ratios', () => {
  it('compare whole models where both are known, the measured blocks else', () => {
    const ours = measured('ours-webgpu', { whole: speeds(20, 200) });
    const whole = measured('ort-webgpu', { whole: speeds(1200, 1000) });
    const part = measured('ort-webgpu-i8', { measured: speeds(50, null) });
    expect(ratiosOf(caseOf(ours, whole, part))).toEqual([
      {
        ours: 'ours-webgpu',
        rival: 'ort-webgpu',
        decode: 60,
        prefill: [{ tokenCount: 64, times: 5 }],
      },
      {
        ours: 'ours-webgpu',
        rival: 'ort-webgpu-i8',
        decode: 5,
        prefill: [{ tokenCount: 64, times: null }],
      },
    ]);
  });

  it('leave out who was not measured', () => {
    const ours = measured('ours-wasm-plain', {});
    const failed = { name: 'wllama-2', status: 'failed', reason: 'hung', agreement: null } as const;
    expect(ratiosOf(caseOf(ours, failed))).toEqual([]);
  });
});

describe('the table', () => {
  const report = (each: CaseReport): BenchReport => ({
    version: 1,
    startedAt: 'now',
    machine: { cpu: 'cpu', cores: 2, platform: 'linux', runtime: 'Chromium' },
    adapter: null,
    cases: [each],
  });

  it('says how fast, how many times as fast, and from how many blocks', () => {
    const ours = measured('ours-wasm-plain', {
      whole: speeds(20, 200),
      batch: { sessionCount: 4, oneMs: 10, togetherMs: 15 },
    });
    const rival = measured('wllama-2', { whole: speeds(80, 1600) });
    const text = describeReport(report(caseOf(ours, rival)));
    expect(text).toContain('2 of 30 blocks');
    expect(text).toMatch(/ours-wasm-plain +20\.0 +50\.0 +64: 320 /);
    expect(text).toContain('over wllama-2: 4.00 x in decode, 8.00 x in prefill of 64');
    expect(text).toContain('(1.50 x)');
  });

  it('never skips a contender in silence', () => {
    const failed = { name: 'wllama-3', status: 'failed', reason: 'hung', agreement: null } as const;
    expect(describeReport(report(caseOf(failed)))).toContain('wllama-3 failed: hung');
  });
});
