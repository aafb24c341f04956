import { join } from 'node:path';
import { buildPage } from '../fixtures/build-page.ts';
import { openLoneBrowser } from '../fixtures/lone-browser.ts';
import type { LongStreamReport } from '../fixtures/long-stream-page/long-stream-page.ts';
import { startOtherSite } from '../fixtures/other-site.ts';
import { repositoryRoot } from '../fixtures/repository.ts';
import { WHOLE } from '../fixtures/requests.ts';
import { expect, test } from '../fixtures/test.ts';

const { LONG_STREAM_SECONDS = '' } = process.env;

test('a stream of minutes, with a minute of silence in it, passes the service worker whole', async ({
  relay,
  newTab,
}) => {
  test.skip(LONG_STREAM_SECONDS === '', 'by hand: LONG_STREAM_SECONDS=330 takes six minutes');
  const seconds = Number(LONG_STREAM_SECONDS);
  test.setTimeout((seconds + 90) * 1000);
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE, { backend: 'wasm' });
  const site = await startOtherSite({
    '/page/': await buildPage('e2e/fixtures/long-stream-page'),
    '/manyhands-sw.js': join(repositoryRoot, 'packages/sdk/dist/manyhands-sw.js'),
  });
  const query = new URLSearchParams({ relay: relay.url, seconds: LONG_STREAM_SECONDS });
  const browser = await openLoneBrowser(`${site.origin}/page/?${query}`);
  try {
    const reported = () => site.requests.find((each) => each.startsWith('/report?'));
    await expect.poll(reported, { timeout: (seconds + 60) * 1000 }).toBeDefined();
    const text = decodeURIComponent(reported()?.slice('/report?'.length) ?? '');
    const report: LongStreamReport = JSON.parse(text);
    expect(report.error).toBeUndefined();
    expect(report.text).toBe(report.whole);
    expect(report.seconds).toBeGreaterThan(seconds - 60);
  } finally {
    await browser.close();
    await site.close();
  }
});
