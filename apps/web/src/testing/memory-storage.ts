/** `Storage` without a browser. `isFull` makes writing fail as a full quota does. */
export function createMemoryStorage(options: { readonly isFull?: boolean } = {}): Storage {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    clear: () => values.clear(),
    getItem: (key) => values.get(key) ?? null,
    key: (index) => [...values.keys()][index] ?? null,
    removeItem: (key) => values.delete(key),
    setItem: (key, value) => {
      if (options.isFull === true) throw new DOMException('Full.', 'QuotaExceededError');
      values.set(key, value);
    },
  };
}
