import { expect, test } from '@playwright/test';
import {
  consent,
  type Embedding,
  frameOf,
  phaseOf,
  SITE_KEY,
  startEmbedding,
  startOf,
} from '../fixtures/embedding.ts';
import { takePictures } from './pictures.ts';

let embedding: Embedding;

test.beforeAll(async () => {
  embedding = await startEmbedding();
  await embedding.listSites([{ key: SITE_KEY, origins: [embedding.originOf('a')] }]);
});
test.afterAll(() => embedding.dispose());

test('the frame on a page of another site', async () => {
  test.setTimeout(180_000);
  const page = await embedding.open('a', {
    attributes: `key="${SITE_KEY}" mode="both"`,
    mainStyle: 'max-width: 420px',
  });
  const frame = await frameOf(page);
  await frame.getByTestId('embed-tab-contribute').click();
  await expect(startOf(frame)).toBeEnabled();
  await takePictures(page, 'frame-consent');
  await page.setViewportSize({ width: 900, height: 900 });
  await consent(frame);
  await expect(phaseOf(frame)).toHaveText('serving', { timeout: 60_000 });
  await takePictures(page, 'frame-serving');
  await frame.getByTestId('embed-tab-chat').click();
  await expect(frame.getByTestId('chat-input')).toBeVisible();
  await takePictures(page, 'frame-chat');
});
