import type { ConnectionStatus } from './connection.ts';

export interface RelayView {
  readonly word: string;
  readonly sentence: string;
  readonly tone: 'good' | 'busy' | 'bad' | 'off';
}

/** The state of the relay connection in a word and in a sentence. */
export function describeRelay(state: ConnectionStatus['state']): RelayView {
  switch (state) {
    case 'off':
      return { word: 'Offline', sentence: 'Not connected to the relay.', tone: 'off' };
    case 'local':
      return { word: 'Local', sentence: 'This tab is alone: no connection is open.', tone: 'off' };
    case 'loading':
    case 'connecting':
      return { word: 'Connecting', sentence: 'Connecting to the relay.', tone: 'busy' };
    case 'open':
      return { word: 'Online', sentence: 'Connected to the relay.', tone: 'good' };
    case 'waiting':
      return {
        word: 'Reconnecting',
        sentence: 'The relay cannot be reached. This tab tries again by itself.',
        tone: 'bad',
      };
    case 'refused':
      return { word: 'Refused', sentence: 'The relay refused this tab.', tone: 'bad' };
    case 'closed':
      return { word: 'Closed', sentence: 'The connection to the relay is closed.', tone: 'off' };
    case 'failed':
      return { word: 'Unavailable', sentence: 'This browser cannot join.', tone: 'bad' };
    default:
      return state satisfies never;
  }
}
