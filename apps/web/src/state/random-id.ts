const ID_BYTES = 16;

/** 22 characters that no other tab draws too. Unlike `randomUUID` it exists on pages without https. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/u, '');
}
