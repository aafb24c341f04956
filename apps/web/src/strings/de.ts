import { answers } from './de/answers.ts';
import { bench } from './de/bench.ts';
import { chat } from './de/chat.ts';
import { circles } from './de/circles.ts';
import { contribute } from './de/contribute.ts';
import { conversations } from './de/conversations.ts';
import { embed } from './de/embed.ts';
import { guest } from './de/guest.ts';
import { home } from './de/home.ts';
import { network } from './de/network.ts';
import { preflight } from './de/preflight.ts';
import { privacy } from './de/privacy.ts';
import { reasons } from './de/reasons.ts';
import { remedies } from './de/remedies.ts';
import { shell } from './de/shell.ts';
import { storage } from './de/storage.ts';
import { units } from './de/units.ts';
import type { en } from './en.ts';
import type { Translated } from './translated.ts';

export const de: Translated<typeof en> = {
  answers,
  bench,
  chat,
  circles,
  contribute,
  conversations,
  embed,
  guest,
  home,
  network,
  preflight,
  privacy,
  reasons,
  remedies,
  shell,
  storage,
  units,
};
