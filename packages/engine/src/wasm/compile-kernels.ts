import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';
import type { KernelVariant } from './kernels.ts';

/** `./kernels.ts` makes of it what takes a memory of one thread. */
const SHARED = [
  '--importMemory',
  '--sharedMemory',
  '--maximumMemory',
  '65536',
  '--enable',
  'threads',
];

const FOLDER = join(import.meta.dirname, 'kernels');

/**
 * Compiles `kernels/*.as`, for the test that holds the compiled ones against them. Engines without
 * relaxed SIMD refuse a whole module that uses it, so there are two. They are AssemblyScript, which looks like TypeScript but is not: `.as`
 * keeps them away from the tools of the other language.
 */
export async function compileKernels(
  variant: KernelVariant,
  optimize = '-O3',
): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const flags = ['--runtime', 'stub', '--noAssert', optimize, '--enable', 'simd', ...SHARED];
  if (variant === 'relaxed') flags.push('--enable', 'relaxed-simd');
  const { error, stderr } = await main(['kernels.ts', '--outFile', 'kernels.wasm', ...flags], {
    readFile: (name) => readSource(name),
    writeFile(_, contents) {
      wasm = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`the ${variant} kernels do not compile: ${stderr.toString()}`);
  }
  return wasm;
}

/** The compiler asks for `.ts` and for many places a module might be at. */
async function readSource(name: string): Promise<string | null> {
  if (!/^[a-z0-9-]+\.ts$/.test(name)) return null;
  return await readFile(join(FOLDER, name.replace(/ts$/, 'as')), 'utf8').catch(() => null);
}
