import { expect, it } from 'vitest';
import { readSiteFacts } from './site-facts.ts';

const answering = (body: string, status = 200) =>
  (async () => new Response(body, { status })) as unknown as typeof fetch;
const read = (facts: unknown) => readSiteFacts(answering(JSON.stringify(facts)));

it('reads who runs the site and where its relay is', async () => {
  const operator = {
    name: 'A club',
    contact: 'mailto:us@example.org',
    terms: 'https://a.example/t',
  };
  expect(await read({ operator, relay: 'https://relay.example', later: 1 })).toEqual({
    operator,
    relay: 'https://relay.example',
  });
  expect(await read({})).toEqual({});
});

it.each([
  { operator: { contact: 'javascript:alert(1)' } },
  { operator: { terms: 'http://plain.example' } },
  { operator: { contact: 'mailto:x@y.example" onclick="z' } },
  { operator: { name: 'x'.repeat(201) } },
  { relay: 'https://relay.example/path' },
  [],
])('shows nothing of %o', async (facts) => {
  expect(await read(facts)).toEqual({});
});

it('says nothing where the file is missing or no JSON', async () => {
  expect(await readSiteFacts(answering('<!doctype html>'))).toEqual({});
  expect(await readSiteFacts(answering('{}', 404))).toEqual({});
  const failing = (async () => {
    throw new TypeError('Failed to fetch');
  }) as typeof fetch;
  expect(await readSiteFacts(failing)).toEqual({});
});
