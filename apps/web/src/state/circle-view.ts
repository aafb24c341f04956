import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { language, t } from '../strings/language.ts';
import { formatCount } from './format.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long a circle may last. */
export const LIFETIMES = [
  { name: 'day', lifetimeMs: DAY_MS },
  { name: 'week', lifetimeMs: 7 * DAY_MS },
  { name: 'month', lifetimeMs: 30 * DAY_MS },
  { name: 'year', lifetimeMs: 365 * DAY_MS },
] as const;
export const LIFETIME_MS_DEFAULT = 30 * DAY_MS;

/** `ends in 6 days`, rounded to what a person counts in. */
export function describeEnd(
  { expiresAtMs }: Pick<StoredCircle, 'expiresAtMs'>,
  nowMs: number,
): string {
  const say = (unit: 'minutes' | 'hours' | 'days', count: number): string =>
    t(`circles.end.${unit}`, { count, total: formatCount(count) });
  const leftMs = expiresAtMs - nowMs;
  if (leftMs <= 0) return t('circles.end.expired');
  if (leftMs < HOUR_MS) return say('minutes', Math.ceil(leftMs / MINUTE_MS));
  if (leftMs < 2 * DAY_MS) return say('hours', Math.round(leftMs / HOUR_MS));
  return say('days', Math.round(leftMs / DAY_MS));
}

/** The day, for a confirmation: `1 July 2026`. */
export function formatEnd(expiresAtMs: number): string {
  const { format } = new Intl.DateTimeFormat(language.value, {
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
  if (tabCount === undefined) return t('circles.here.looking');
  if (tabCount <= 1) return t('circles.here.nobody');
  return t('circles.here.tabs', { count: tabCount - 1, total: formatCount(tabCount - 1) });
}
