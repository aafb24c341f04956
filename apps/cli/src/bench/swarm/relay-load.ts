import { ANNOUNCE_INTERVAL_MS } from '@manyhands/protocol/limits';
import { CliError } from '../../error.ts';
import { startRelayProcess } from '../../swarm/relay-process.ts';
import { type LoadPeer, openLoadPeer } from './load-peer.ts';
import type { BenchContext } from './swarm-bench.ts';
import type { RelayReport } from './swarm-report.ts';

/** Nine of ten serve, all watch: what tabs do that hold a model and wait for work. */
const VOLUNTEER_SHARE = 0.9;
/** Of so many beats, one says that a session began or ended: the others change nothing. */
const BEATS_A_CHANGE = 9;
/** Sockets opened at a time. */
const JOINING_MAX = 20;

/** Processor time and memory of a relay to which many peers are connected. */
export async function measureRelay({ options, root, say }: BenchContext): Promise<RelayReport> {
  const { peers: peerCount, loadSeconds } = options;
  // Behind a proxy every peer has an address of its own.
  const env = { TRUST_PROXY: '1' };
  const relay = await startRelayProcess({ repositoryRoot: root, env });
  const peers: LoadPeer[] = [];
  const timers: NodeJS.Timeout[] = [];
  try {
    const { modelRoot, blockCount } = relay.model;
    const idle = await relay.usage();
    for (let first = 0; first < peerCount; first += JOINING_MAX) {
      const count = Math.min(JOINING_MAX, peerCount - first);
      const joining = Array.from({ length: count }, (_, index) =>
        openLoadPeer(relay.origin, addressOf(first + index)),
      );
      peers.push(...(await Promise.all(joining)));
    }
    const volunteers = peers.slice(0, Math.ceil(peerCount * VOLUNTEER_SHARE));
    let beats = 0;
    for (const [index, peer] of volunteers.entries()) {
      let sessions = 0;
      // Spread over the interval, as tabs that joined at different times are.
      const delayMs = (index * ANNOUNCE_INTERVAL_MS) / volunteers.length;
      const beat = (): void => {
        beats += 1;
        if (beats % BEATS_A_CHANGE === 0) sessions = 1 - sessions;
        void peer.announce(modelRoot, blockCount, sessions);
      };
      timers.push(setTimeout(beat, delayMs));
      timers.push(setInterval(beat, ANNOUNCE_INTERVAL_MS));
    }
    for (const peer of peers) peer.watch(modelRoot);
    await pause(2 * ANNOUNCE_INTERVAL_MS);
    await checkVolunteers(relay.origin, volunteers.length);
    const joined = await relay.usage();
    const before = totalOf(peers);
    say(`relay: ${peerCount} peers joined\n`);
    await pause(loadSeconds * 1_000);
    const loaded = await relay.usage();
    const after = totalOf(peers);
    const lost = peers.filter(({ isOpen }) => !isOpen).length;
    if (lost > 0) throw new CliError('page-failed', `The relay dropped ${lost} of its peers.`);
    return {
      peers: peerCount,
      seconds: loadSeconds,
      joinCpuMs: joined.cpuMs - idle.cpuMs,
      cpuShare: (loaded.cpuMs - joined.cpuMs) / (loadSeconds * 1_000),
      residentBytesBefore: idle.residentBytes,
      residentBytes: loaded.residentBytes,
      messagesPerSecond: (after.messages - before.messages) / loadSeconds,
      bytesPerSecond: (after.bytes - before.bytes) / loadSeconds,
    };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    for (const peer of peers) peer.close();
    await relay.dispose();
  }
}

/** A relay that lost some of them would be measured with less than it is said to bear. */
async function checkVolunteers(origin: string, wanted: number): Promise<void> {
  const response = await fetch(`${origin}/healthz`);
  const { volunteers } = (await response.json()) as { volunteers?: number };
  if (volunteers === wanted) return;
  throw new CliError('page-failed', `The relay knows ${volunteers} volunteers of ${wanted}.`);
}

function addressOf(index: number): string {
  return `10.${Math.floor(index / 65_536) % 256}.${Math.floor(index / 256) % 256}.${index % 256}`;
}

function totalOf(peers: readonly LoadPeer[]): { messages: number; bytes: number } {
  return peers.reduce(
    ({ messages, bytes }, { received }) => ({
      messages: messages + received.messages,
      bytes: bytes + received.bytes,
    }),
    { messages: 0, bytes: 0 },
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
