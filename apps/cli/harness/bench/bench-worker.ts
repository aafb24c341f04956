import { resultOf } from '../harness-result.ts';
import { createBenchHost } from './bench-host.ts';
import type { BenchCall, BenchReply } from './bench-messages.ts';
import { callHost } from './call-host.ts';

const host = createBenchHost();

// Calls come one at a time: the page waits for each.
addEventListener('message', async ({ data }: MessageEvent<BenchCall>) => {
  const reply: BenchReply = await resultOf(() => callHost(host, data));
  postMessage(reply);
});
