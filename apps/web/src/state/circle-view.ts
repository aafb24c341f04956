import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { formatPlural } from './format.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long a circle may last. */
export const LIFETIMES: readonly { readonly label: string; readonly lifetimeMs: number }[] = [
  { label: 'A day', lifetimeMs: DAY_MS },
  { label: 'A week', lifetimeMs: 7 * DAY_MS },
  { label: 'A month', lifetimeMs: 30 * DAY_MS },
  { label: 'A year', lifetimeMs: 365 * DAY_MS },
];
export const LIFETIME_MS_DEFAULT = 30 * DAY_MS;

/** `ends in 6 days`, rounded to what a person counts in. */
export function describeEnd(
  { expiresAtMs }: Pick<StoredCircle, 'expiresAtMs'>,
  nowMs: number,
): string {
  const leftMs = expiresAtMs - nowMs;
  if (leftMs <= 0) return 'expired';
  if (leftMs < HOUR_MS) return `ends in ${formatPlural(Math.ceil(leftMs / MINUTE_MS), 'minute')}`;
  if (leftMs < 2 * DAY_MS) return `ends in ${formatPlural(Math.round(leftMs / HOUR_MS), 'hour')}`;
  return `ends in ${formatPlural(Math.round(leftMs / DAY_MS), 'day')}`;
}

/** The day, for a confirmation: `1 July 2026`. */
export function formatEnd(expiresAtMs: number): string {
  const { format } = new Intl.DateTimeFormat('en', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  return format(expiresAtMs);
}

/** Tabs of members that serve here or are linked with this one; this one counts too. */
export function describeHere(tabCount: number | undefined): string {
  if (tabCount === undefined) return 'looking who is here…';
  if (tabCount <= 1) return 'no other tab seen yet';
  return `${formatPlural(tabCount - 1, 'other tab')} seen now`;
}
