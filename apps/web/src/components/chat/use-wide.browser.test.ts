import { h, render } from 'preact';
import { afterEach, expect, it, vi } from 'vitest';
import { useWide } from './use-wide.ts';

const root = document.createElement('div');
document.body.append(root);
afterEach(() => {
  render(null, root);
  vi.restoreAllMocks();
});

function Width() {
  return h('p', null, useWide().value ? 'wide' : 'narrow');
}

it('follows the window, also where it changes before anybody listens', async () => {
  const query = new EventTarget();
  let matches = true;
  Object.defineProperty(query, 'matches', { get: () => matches });
  vi.spyOn(globalThis, 'matchMedia').mockReturnValue(query as MediaQueryList);
  render(h(Width, null), root);
  expect(root.textContent).toBe('wide');
  matches = false;
  await vi.waitFor(() => expect(root.textContent).toBe('narrow'));
  matches = true;
  query.dispatchEvent(new Event('change'));
  await vi.waitFor(() => expect(root.textContent).toBe('wide'));
});
