import { expect, it } from 'vitest';
import { parseRoute } from './route.ts';

it('finds the page of an address and falls back to the home page', () => {
  expect(
    ['', '#/', '#/chat', '#/chat/', '#/network?x=1', '#/contribute', '#/privacy', '#/<script>'].map(
      parseRoute,
    ),
  ).toEqual(['home', 'home', 'chat', 'chat', 'network', 'contribute', 'privacy', 'home']);
});
