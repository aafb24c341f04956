/** A file of a build that the site's service worker knows. */
export interface BuildFile {
  /** Relative to the folder that the site is in: `assets/index-4f2a81c0.js`; empty for the page itself. */
  readonly path: string;
  /** Of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** What the build tells its service worker. */
export interface SiteBuild {
  /** Another one wherever a file, or the worker itself, is another. */
  readonly version: string;
  /** Kept from the start: the page, and every script and style it may ask for later. */
  readonly files: readonly BuildFile[];
}

/** What the bundler says of a file it wrote. */
export type WrittenFile =
  | {
      readonly type: 'chunk';
      readonly fileName: string;
      readonly isEntry: boolean;
      readonly name: string;
      readonly imports: readonly string[];
      readonly dynamicImports: readonly string[];
      readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> } | undefined;
    }
  | { readonly type: 'asset'; readonly fileName: string; readonly source: string | Uint8Array };

/** Workers above this are kept once they were used: not everybody contributes. */
const WORKER_BYTES_MAX = 16 * 1024;

/**
 * The files of the bundle that the page of this entry needs, at once or later: what its chunks import, now
 * or by `import()`, their styles, and small workers. Not weights, not WebAssembly, not other pages.
 */
export function listPageFiles(
  bundle: Readonly<Record<string, WrittenFile>>,
  entryName: string,
): readonly string[] {
  const files = Object.values(bundle);
  const entry = files.find(
    (file) => file.type === 'chunk' && file.isEntry && file.name === entryName,
  );
  if (entry === undefined) throw new Error(`The bundle has no page called ${entryName}.`);
  const found = new Set<string>();
  const waiting = [entry.fileName];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const file = bundle[name];
    if (file?.type !== 'chunk' || found.has(name)) continue;
    found.add(name);
    for (const style of file.viteMetadata?.importedCss ?? []) found.add(style);
    waiting.push(...file.imports, ...file.dynamicImports);
  }
  for (const file of files) {
    const isSmallWorker =
      file.type === 'asset' &&
      file.fileName.endsWith('.js') &&
      file.source.length <= WORKER_BYTES_MAX;
    if (isSmallWorker) found.add(file.fileName);
  }
  return [...found].sort();
}
