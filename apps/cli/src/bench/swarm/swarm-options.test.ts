import { describe, expect, it } from 'vitest';
import { CliError } from '../../error.ts';
import { readSwarmOptions } from './swarm-options.ts';

const read = (text: string) => readSwarmOptions(text === '' ? [] : text.split(' '));

describe('readSwarmOptions', () => {
  it('measures everything unless told otherwise', () => {
    expect(read('')).toEqual({
      sections: ['hops', 'delays', 'loss', 'users', 'recovery', 'relay'],
      tokens: 96,
      answers: 3,
      repeats: 20,
      peers: 1_000,
      loadSeconds: 30,
      netem: '../shared/tools/tapnetem.py',
      json: false,
      out: undefined,
    });
    expect(read('--help')).toBe('help');
  });

  it('takes a list of sections, and numbers that --quick does not overrule', () => {
    expect(read('--only relay,hops --quick --peers 500')).toMatchObject({
      sections: ['hops', 'relay'],
      repeats: 2,
      peers: 500,
    });
  });

  it.each(['--only hops,nothing', '--repeats 0', '--peers many', '--fast'])(
    'refuses %s',
    (text) => {
      expect(() => read(text)).toThrow(CliError);
    },
  );
});
