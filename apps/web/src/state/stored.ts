import * as v from 'valibot';

/** A browser that blocks storage throws on the mere access; the site then works without memory. */
export function openStorage(kind: 'localStorage' | 'sessionStorage'): Storage | undefined {
  try {
    return globalThis[kind];
  } catch {
    return undefined;
  }
}

/** What was stored under a key, or `undefined` when it is missing, damaged or of an older form. */
export function readStored<Schema extends v.GenericSchema>(
  storage: Storage | undefined,
  key: string,
  schema: Schema,
): v.InferOutput<Schema> | undefined {
  const text = storage?.getItem(key) ?? undefined;
  if (text === undefined) return undefined;
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a value; `undefined` forgets it. A full storage loses only the convenience. */
export function writeStored(storage: Storage | undefined, key: string, value: unknown): boolean {
  try {
    if (value === undefined) storage?.removeItem(key);
    else storage?.setItem(key, JSON.stringify(value));
    return storage !== undefined;
  } catch {
    return false;
  }
}
