import { t } from '../strings/language.ts';
import type { ConnectionStatus } from './connection.ts';

export interface RelayView {
  readonly word: string;
  readonly sentence: string;
  readonly tone: 'good' | 'busy' | 'bad' | 'off';
}

/** The state of the relay connection in a word and in a sentence. */
export function describeRelay(state: ConnectionStatus['state']): RelayView {
  return {
    word: t(`shell.relay.words.${state}`),
    sentence: t(`shell.relay.sentences.${state}`),
    tone: TONES[state],
  };
}

const TONES: Record<ConnectionStatus['state'], RelayView['tone']> = {
  off: 'off',
  local: 'off',
  loading: 'busy',
  connecting: 'busy',
  open: 'good',
  waiting: 'bad',
  refused: 'bad',
  closed: 'off',
  failed: 'bad',
};
