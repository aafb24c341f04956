import type { ErrorReport } from '@manyhands/peer/error-report';
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Consents, createConsents } from '../state/consents.ts';
import type { Site } from '../state/site.ts';
import { t } from '../strings/language.ts';
import {
  type ConsentGate,
  createConsentGate,
  describeRefusal,
  type Press,
} from './consent-gate.ts';
import type { FrameStorage } from './frame-storage.ts';
import type { HostLink } from './host-link.ts';
import {
  REVOCATION_CHECK_MS,
  SERVED_INTERVAL_MS,
  VISIBLE_AFTER_MS,
  VISIBLE_MS_MIN,
} from './limits.ts';
import type { Seen } from './real-visibility.ts';

export type EmbedTab = 'contribute' | 'chat';

/** All state of the frame besides that of the site. */
export interface Embed {
  readonly site: Site;
  readonly host: HostLink;
  readonly storage: FrameStorage;
  readonly gate: ConsentGate;
  /** Who embeds it, as consent is kept and shown; undefined until the page around it spoke. */
  readonly siteName: ReadonlySignal<string | undefined>;
  readonly tabs: ReadonlySignal<readonly EmbedTab[]>;
  readonly tab: ReadonlySignal<EmbedTab>;
  /** Why the last press was no consent. */
  readonly hint: ReadonlySignal<string | undefined>;
  /** A consent of an earlier visit. */
  readonly isRemembered: ReadonlySignal<boolean>;
  readonly wantsRemembering: Signal<boolean>;
  /** The relay does not let this site's frame in. */
  readonly refusal: ReadonlySignal<ErrorReport | undefined>;
  show(tab: EmbedTab): void;
  /** A press on the button; counts only where the gate lets it through. */
  press(press: Press): Promise<void>;
  /** Stops within a moment, and asks again next time. */
  revoke(): void;
  /** Uses the visitor's own storage of this origin, within a click. */
  requestStorage(): Promise<boolean>;
  setSeen(seen: Seen): void;
}

export interface EmbedDeps {
  readonly site: Site;
  readonly host: HostLink;
  readonly storage: FrameStorage;
  /** Of the pages around the frame, the outermost last, where the browser tells. */
  readonly ancestors: readonly string[];
  /** Whether the browser tells what is really visible; else a window asks. */
  readonly isExact: boolean;
  readonly askInWindow: (
    site: string,
  ) => Promise<{ readonly isYes: boolean; readonly isRemembered: boolean } | undefined>;
  readonly sizeOf: () => { readonly width: number; readonly height: number };
  readonly onSeen: (isSeen: boolean) => void;
}

export function createEmbed(deps: EmbedDeps): Embed {
  const { site, host, storage } = deps;
  const { contribution, connection } = site;
  const gate = createConsentGate(() => performance.now());
  const hint = signal<string | undefined>(undefined);
  const chosenTab = signal<EmbedTab | undefined>(undefined);
  const wantsRemembering = signal(false);
  const consents = computed<Consents>(() =>
    createConsents(storage.shared.value?.localStorage ?? storage.local),
  );
  const siteName = computed(() => nameOfSite(host.origin.value, deps.ancestors));
  const isRemembered = computed(
    () => siteName.value !== undefined && consents.value.has(siteName.value),
  );
  const tabs = computed<readonly EmbedTab[]>(() => {
    const { mode } = host.wishes.value;
    return mode === 'both' ? ['chat', 'contribute'] : [mode];
  });
  const tab = computed<EmbedTab>(() => {
    const [first = 'contribute'] = tabs.value;
    return tabs.value.find((one) => one === chosenTab.value) ?? first;
  });
  const refusal = computed(() => {
    const { error } = connection.status.value;
    return error?.code === 'embed-refused' ? error : undefined;
  });

  const start = (remembers: boolean): void => {
    if (siteName.value === undefined || contribution.isActive.value) return;
    hint.value = undefined;
    if (remembers) consents.value.remember(siteName.value);
    contribution.change({ modelId: host.wishes.value.model });
    void contribution.start();
    host.tell({ type: 'consented' });
  };

  const press = async (pressed: Press): Promise<void> => {
    const refused = gate.judge(pressed, deps.sizeOf());
    hint.value = refused && describeRefusal(refused);
    const name = siteName.value;
    if (refused !== undefined || name === undefined) return;
    if (!deps.isExact) {
      const answer = await deps.askInWindow(name);
      if (answer?.isYes) start(answer.isRemembered);
      else hint.value = answer ? undefined : t('embed.confirm.noWindow');
      return;
    }
    const { visibleSinceMs } = gate;
    await wait(VISIBLE_AFTER_MS);
    // Covered in the moment of the press, and the browser said so just now.
    if (gate.visibleSinceMs === visibleSinceMs) start(wantsRemembering.value);
    else hint.value = describeRefusal('not-visible');
  };

  const revoke = (): void => {
    batch(() => {
      if (siteName.value !== undefined) consents.value.revoke(siteName.value);
      // No drain: whatever runs elsewhere is repaired, and taking a consent back means now.
      contribution.forget();
      connection.close();
    });
    if (tabs.value.includes('chat')) connection.retry();
  };

  const requestStorage = async (): Promise<boolean> => {
    const before = consents.value;
    const isGranted = await storage.request();
    if (!isGranted) return false;
    if (siteName.value !== undefined && before.has(siteName.value)) {
      // From here on it is kept where the operator's own site lists it.
      before.revoke(siteName.value);
      consents.value.remember(siteName.value);
    }
    // The next connection is made with the other identity.
    contribution.forget();
    connection.close();
    if (tabs.value.includes('chat')) connection.retry();
    return true;
  };

  followChanges({ ...deps, isRemembered, consents, refusal, revoke });
  const resume = startRemembered({
    gate,
    siteName,
    isRemembered,
    tabs,
    isIdle: () => contribution.state.peek().phase === 'idle',
    start: () => start(false),
  });

  return {
    site,
    host,
    storage,
    gate,
    siteName,
    tabs,
    tab,
    hint,
    isRemembered,
    wantsRemembering,
    refusal,
    show: (next) => {
      chosenTab.value = next;
    },
    press,
    revoke,
    requestStorage,
    setSeen(seen) {
      gate.setSeen(seen);
      deps.onSeen(seen.isSeen);
      resume();
    },
  };
}

/** `https://a.example`, or `https://a.example in https://b.example` where that one is inside another. */
export function nameOfSite(
  origin: string | undefined,
  ancestors: readonly string[],
): string | undefined {
  if (origin === undefined) return undefined;
  const others = [...new Set(ancestors)].filter((one) => one !== origin);
  return others.length === 0 ? origin : `${origin} in ${others.join(' in ')}`;
}

/** Tells the page counts and ends, and hears where the consent was taken back on another page. */
function followChanges(parts: {
  readonly site: Site;
  readonly host: HostLink;
  readonly storage: FrameStorage;
  readonly isRemembered: ReadonlySignal<boolean>;
  readonly consents: ReadonlySignal<Consents>;
  readonly refusal: ReadonlySignal<ErrorReport | undefined>;
  readonly revoke: () => void;
}): void {
  const { contribution } = parts.site;
  let wasActive = false;
  effect(() => {
    const isActive = contribution.isActive.value;
    if (wasActive && !isActive) parts.host.tell({ type: 'stopped' });
    wasActive = isActive;
  });
  effect(() => {
    // Nobody new is sent here any more; whoever is being served may still get the end of an answer.
    if (parts.refusal.value !== undefined && contribution.isActive.peek()) void contribution.stop();
  });
  let isPlanned = false;
  let told = '0 0';
  const tell = (): void => {
    isPlanned = false;
    const { tokensServed: tokens, textsServed: texts = 0 } = contribution.state.value;
    if (told === `${tokens} ${texts}`) return;
    told = `${tokens} ${texts}`;
    parts.host.tell({ type: 'served', tokens, texts });
  };
  effect(() => {
    const { tokensServed, textsServed = 0 } = contribution.state.value;
    if (isPlanned || tokensServed + textsServed === 0) return;
    isPlanned = true;
    setTimeout(tell, SERVED_INTERVAL_MS);
  });
  effect(() => {
    if (!contribution.isActive.value || parts.storage.shared.value === undefined) return undefined;
    let wasRemembered = parts.isRemembered.peek();
    const looking = setInterval(() => {
      parts.consents.peek().refresh();
      const isRemembered = parts.isRemembered.peek();
      if (wasRemembered && !isRemembered) parts.revoke();
      wasRemembered = isRemembered;
    }, REVOCATION_CHECK_MS);
    return () => clearInterval(looking);
  });
}

/**
 * Goes on by itself where the visitor asked for that on an earlier visit, once the frame was really
 * seen. Returns what looks again.
 */
function startRemembered(parts: {
  readonly gate: ConsentGate;
  readonly siteName: ReadonlySignal<string | undefined>;
  readonly isRemembered: ReadonlySignal<boolean>;
  readonly tabs: ReadonlySignal<readonly EmbedTab[]>;
  readonly isIdle: () => boolean;
  readonly start: () => void;
}): () => void {
  const { gate, siteName, isRemembered, tabs } = parts;
  let isWanted = false;
  const mayStart = (): boolean =>
    isWanted && parts.isIdle() && isRemembered.peek() && tabs.peek().includes('contribute');
  const look = (): void => {
    const { visibleSinceMs } = gate;
    if (visibleSinceMs === undefined || !mayStart()) return;
    setTimeout(() => {
      if (gate.visibleSinceMs === visibleSinceMs && mayStart()) parts.start();
    }, VISIBLE_MS_MIN);
  };
  effect(() => {
    // What is remembered from now on was pressed on this visit.
    if (siteName.value === undefined) return;
    isWanted = isRemembered.peek();
    look();
  });
  return look;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
