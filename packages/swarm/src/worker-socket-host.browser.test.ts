import { expect, it } from 'vitest';
import { startSocketWorker } from './start-socket-worker.ts';
import { createWorkerSocketHost } from './worker-socket-host.ts';

it('keeps timers in a worker, and forgets cancelled ones', async () => {
  const host = createWorkerSocketHost(startSocketWorker());
  const fired: string[] = [];
  host.setTimer(() => fired.push('late'), 30);
  host.setTimer(() => fired.push('soon'), 1);
  host.setTimer(() => fired.push('never'), 10)();
  await expect.poll(() => fired).toEqual(['soon', 'late']);
  host.dispose();
});

it('goes on in the page where the worker cannot be loaded', async () => {
  const host = createWorkerSocketHost(new Worker('/no-such-script.js', { type: 'module' }));
  const seen: string[] = [];
  const open = () =>
    host.openSocket('ws://127.0.0.1:1/', {
      onOpen: () => seen.push('open'),
      onMessage: () => seen.push('message'),
      onBytes: () => seen.push('bytes'),
      onClose: () => seen.push('closed'),
    });
  host.setTimer(() => seen.push('deadline'), 20);
  host.setTimer(() => seen.push('never'), 20)();
  const cancelled = host.setTimer(() => seen.push('cancelled'), 60_000);
  open();
  await expect.poll(() => seen).toEqual(['closed', 'deadline']);
  cancelled();
  host.setTimer(open, 1);
  await expect.poll(() => seen).toEqual(['closed', 'deadline', 'closed']);
  host.dispose();
});

it.each(['ws://127.0.0.1:1/', 'ftp://127.0.0.1/'])(
  'reports that %s cannot be opened',
  async (url) => {
    const host = createWorkerSocketHost(startSocketWorker());
    const closed = new Promise<string>((resolve) => {
      host.openSocket(url, {
        onOpen: () => resolve('open'),
        onMessage: () => resolve('message'),
        onBytes: () => resolve('bytes'),
        onClose: () => resolve('closed'),
      });
    });
    expect(await closed).toBe('closed');
    host.dispose();
  },
);
