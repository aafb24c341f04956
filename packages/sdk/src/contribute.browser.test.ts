import { afterEach, expect, test } from 'vitest';
import { contribute } from './contribute.ts';

/** Nobody is there: what is tested is the page, and a frame must be able to be missing. */
const RELAY = 'http://127.0.0.1:1';
const scripts = () => [...document.scripts].filter(({ src }) => src === `${RELAY}/widget.js`);

afterEach(() => {
  document.body.replaceChildren();
  for (const script of scripts()) script.remove();
});

test('mounts the relay’s element, loads its script once, and does nothing else', () => {
  const options = { model: 'pip-7m', theme: 'dark', lang: 'de', key: 'my-site' } as const;
  const { element } = contribute(RELAY, document.body, options);
  contribute(RELAY, document.body);
  expect(element.outerHTML).toBe(
    `<manyhands-widget relay="${RELAY}" mode="contribute" model="pip-7m" theme="dark" lang="de" key="my-site"></manyhands-widget>`,
  );
  expect(document.body.children).toHaveLength(2);
  expect(scripts()).toHaveLength(1);
});

test('takes the element away again', () => {
  const { remove } = contribute(RELAY, document.body);
  remove();
  expect(document.body.children).toHaveLength(0);
});
