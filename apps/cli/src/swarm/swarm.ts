import type { StageRange } from '@manyhands/engine/stage';
import { type Browser, launchChromium } from '../browser/chromium.ts';
import { CHROMIUM_ARGS, DISABLED_FEATURES, disableFeatures } from '../browser/chromium-args.ts';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';
import { openSwarmTab, type SwarmTab } from './swarm-tab.ts';

/** A relay, a browser and tabs whose stages are stand-ins; everything between them is real. */
export interface Swarm {
  readonly relay: RelayProcess;
  readonly browser: Browser;
  /** Tabs that serve, in the order they were added. */
  readonly volunteers: readonly SwarmTab[];
  openTab(): Promise<SwarmTab>;
  addVolunteer(range: StageRange): Promise<SwarmTab>;
  /** Forgets a volunteer and ends its tab, whatever state that is in. */
  remove(tab: SwarmTab): Promise<void>;
  /** Exactly these ranges are served from now on, by tabs that are there already where possible. */
  assign(ranges: readonly StageRange[]): Promise<readonly SwarmTab[]>;
  dispose(): Promise<void>;
}

/** Pages of several processes find each other by address: names of mDNS would not cross them. */
export const SWARM_ARGS = [
  ...CHROMIUM_ARGS,
  disableFeatures([...DISABLED_FEATURES, 'WebRtcHideLocalIpsWithMdns']),
];

export interface SwarmOptions {
  readonly repositoryRoot: string;
  readonly signal: AbortSignal;
  /** Path of the browser; by default what the environment names. */
  readonly chromium?: string;
}

export async function startSwarm(options: SwarmOptions): Promise<Swarm> {
  const { repositoryRoot, signal, chromium } = options;
  const relay = await startRelayProcess({ repositoryRoot });
  let browser: Browser;
  try {
    browser = await launchChromium(SWARM_ARGS, chromium);
  } catch (error) {
    await relay.dispose();
    throw error;
  }
  const { modelRoot } = relay.model;
  let volunteers: SwarmTab[] = [];
  const openTab = () => openSwarmTab(browser, { origin: relay.origin, modelRoot, signal });
  const addVolunteer = async (range: StageRange): Promise<SwarmTab> => {
    const tab = await openTab();
    await tab.volunteer(range);
    volunteers.push(tab);
    return tab;
  };
  return {
    relay,
    browser,
    get volunteers() {
      return volunteers;
    },
    openTab,
    addVolunteer,
    async remove(tab) {
      volunteers = volunteers.filter((each) => each !== tab);
      await tab.close();
    },
    async assign(ranges) {
      for (const tab of volunteers) if (tab.range !== undefined) await tab.stopVolunteering();
      while (volunteers.length < ranges.length) volunteers.push(await openTab());
      const serving = volunteers.slice(0, ranges.length);
      await Promise.all(serving.map((tab, index) => tab.volunteer(ranges[index] as StageRange)));
      return serving;
    },
    async dispose() {
      await Promise.allSettled([browser.close(), relay.dispose()]);
    },
  };
}
