import { describe, expect, test } from 'vitest';
import { compileKernels } from './compile-kernels.ts';

describe.each(['plain', 'relaxed'] as const)('the %s kernels', (variant) => {
  // After a change to `kernels/*.as`: `npx vitest run --project node compile-kernels -u`.
  test('in the repository are what their sources compile to', { timeout: 60_000 }, async () => {
    const wasm = await compileKernels(variant);
    const base64 = Buffer.from(wasm).toString('base64');
    await expect(base64).toMatchFileSnapshot(`compiled/${variant}.base64`);
  });
});
