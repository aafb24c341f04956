import { describe, expect, it } from 'vitest';
import { importsOf, packageOf, resolveImport } from './source-tree.ts';

const importsIn = (text: string) => importsOf({ path: 'apps/web/src/a.ts', text, isTest: false });

describe('importsOf', () => {
  it('finds every way of importing', () => {
    expect(
      importsIn(`import 'side-effect';
import type { A } from './a.ts';
import {
  B,
  type C,
} from "double";
import {
  D,
} from '@manyhands/model/config';
import * as v from 'valibot';
export { E } from './e.ts';
const page = await import('./page.ts');`),
    ).toEqual([
      'side-effect',
      './a.ts',
      '@manyhands/model/config',
      'valibot',
      './e.ts',
      './page.ts',
    ]);
  });

  it('is not misled by comments', () => {
    expect(importsIn("// import 'old';\n/* import 'older'; */\nconst a = 'from';")).toEqual([]);
  });
});

describe('resolveImport', () => {
  it('follows relative paths and package names', () => {
    expect(resolveImport('apps/web/src/state/a.ts', '../b.ts')).toBe('apps/web/src/b.ts');
    expect(resolveImport('apps/web/src/a.ts', './a.wgsl?raw')).toBe('apps/web/src/a.wgsl');
    expect(resolveImport('apps/web/src/a.ts', '@manyhands/model/gguf/header')).toBe(
      'packages/model/src/gguf/header.ts',
    );
    expect(resolveImport('apps/cli/src/a.ts', '@manyhands/relay/settings')).toBe(
      'apps/relay/src/settings.ts',
    );
    expect(resolveImport('apps/web/src/a.ts', 'preact')).toBeUndefined();
  });
});

it('packageOf names the workspace package', () => {
  expect(packageOf('packages/model/src/gguf/header.ts')).toBe('packages/model');
  expect(packageOf('e2e/tabs.spec.ts')).toBe('e2e');
});
