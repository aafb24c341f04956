import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { createSiteUpdate } from './site-update.ts';

function setUp(options: { isAnswering?: boolean; isServing?: boolean } = {}) {
  const done: string[] = [];
  const isAnswering = signal(options.isAnswering ?? false);
  const isServing = signal(options.isServing ?? false);
  let reloaded: () => void = () => undefined;
  const reload = new Promise<void>((resolve) => {
    reloaded = resolve;
  });
  let endDrain: () => void = () => undefined;
  let giveUp: () => void = () => undefined;
  const update = createSiteUpdate({
    isAnswering,
    isServing,
    stopServing: () => {
      done.push('stop');
      return new Promise((resolve) => {
        endDrain = resolve;
      });
    },
    takeNewest: async () => void done.push('newest'),
    reloadPage: () => {
      done.push('reload');
      reloaded();
    },
    wait: () =>
      new Promise((resolve) => {
        giveUp = resolve;
      }),
  });
  return {
    update,
    done,
    isAnswering,
    reload,
    endDrain: () => endDrain(),
    giveUp: () => giveUp(),
  };
}

describe('a new version', () => {
  it('is offered, and comes when the person says so', async () => {
    const { update, done, reload } = setUp();
    expect(update.step.value).toBe('none');
    update.offer();
    expect([update.step.value, done]).toEqual(['ready', []]);
    update.reload();
    await reload;
    expect(done).toEqual(['newest', 'reload']);
  });

  it('is not offered again on a visit that put it off', () => {
    const { update } = setUp();
    update.offer();
    update.dismiss();
    update.offer();
    expect(update.step.value).toBe('none');
  });

  it('lets what runs for others end first', async () => {
    const { update, done, reload, endDrain } = setUp({ isServing: true });
    update.offer();
    update.reload();
    update.reload();
    await Promise.resolve();
    expect([update.step.value, done]).toEqual(['draining', ['stop']]);
    endDrain();
    await reload;
    expect(done).toEqual(['stop', 'newest', 'reload']);
  });

  it('comes though a drain gets stuck', async () => {
    const { update, done, reload, giveUp } = setUp({ isServing: true });
    update.reload();
    giveUp();
    await reload;
    expect(done).toEqual(['stop', 'newest', 'reload']);
  });

  it('asks before it cuts an answer off, and waits where the person wants to read it', async () => {
    const { update, done, reload, isAnswering } = setUp({ isAnswering: true });
    update.offer();
    update.reload();
    expect([update.step.value, done]).toEqual(['answering', []]);
    update.reloadAfterAnswer();
    expect(update.step.value).toBe('after-answer');
    isAnswering.value = false;
    await reload;
    expect(done).toEqual(['newest', 'reload']);
  });

  it('cuts an answer off where the person says so', async () => {
    const { update, reload, done } = setUp({ isAnswering: true });
    update.reload();
    update.reloadNow();
    await reload;
    expect(done).toEqual(['newest', 'reload']);
  });
});

it('says that a part is gone, also where the new version was put off', () => {
  const { update } = setUp();
  update.offer();
  update.dismiss();
  update.reportBroken();
  expect(update.step.value).toBe('broken');
  update.offer();
  expect(update.step.value).toBe('broken');
});
