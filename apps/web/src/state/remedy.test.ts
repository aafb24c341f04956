import { describe, expect, it } from 'vitest';
import { chooseRemedy } from './remedy.ts';

const report = (code: string) => ({ code, message: '' });

describe('remedies', () => {
  it('offers a way on for the errors people meet first', () => {
    expect(chooseRemedy(report('no-volunteers')).actions).toContain('contribute');
    expect(chooseRemedy(report('version')).actions).toEqual(['reload']);
    expect(chooseRemedy(report('prompt-too-long')).actions).toContain('without-history');
    expect(chooseRemedy(report('insecure-context')).advice).toContain('https');
  });

  it('shows an unknown code as an internal error, also one that names an inherited property', () => {
    const internal = chooseRemedy(report('internal'));
    expect(chooseRemedy(report('from-the-future'))).toEqual(internal);
    expect(chooseRemedy(report('constructor'))).toEqual(internal);
    expect(internal.actions).toContain('retry');
  });
});
