import { answers } from './en/answers.ts';
import { bench } from './en/bench.ts';
import { chat } from './en/chat.ts';
import { circles } from './en/circles.ts';
import { contribute } from './en/contribute.ts';
import { conversations } from './en/conversations.ts';
import { embed } from './en/embed.ts';
import { guest } from './en/guest.ts';
import { home } from './en/home.ts';
import { network } from './en/network.ts';
import { preflight } from './en/preflight.ts';
import { privacy } from './en/privacy.ts';
import { reasons } from './en/reasons.ts';
import { remedies } from './en/remedies.ts';
import { shell } from './en/shell.ts';
import { storage } from './en/storage.ts';
import { units } from './en/units.ts';

/** Everything the site says. A key is the section and the path inside it: `t('shell.pages.chat')`. */
export const en = {
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
} as const;
