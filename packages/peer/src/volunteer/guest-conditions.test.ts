import { describe, expect, it, vi } from 'vitest';
import { type ConditionsScope, watchConditions } from './guest-conditions.ts';

function setUp(navigator: ConditionsScope['navigator'] = {}) {
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const onChange = vi.fn();
  const scope = { document, navigator } as unknown as ConditionsScope;
  return { document, onChange, watch: watchConditions(scope, onChange) };
}

describe('conditions', () => {
  it('follow the visibility of the page', () => {
    const { document, onChange, watch } = setUp();
    expect(watch.current.isHidden).toBe(false);
    document.visibilityState = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    expect(onChange).toHaveBeenCalledTimes(1);
    expect(watch.current.isHidden).toBe(true);
  });

  it('are unknown where the browser does not tell', async () => {
    const { watch } = setUp();
    expect(watch.current).toEqual({
      isHidden: false,
      isOnBattery: undefined,
      isMetered: undefined,
    });
    expect(watch.connectionTold).toBe('nothing');
    const refused = setUp({ getBattery: () => Promise.reject(new Error('A policy forbids it.')) });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(refused.watch.current.isOnBattery).toBeUndefined();
  });

  it('follow the battery', async () => {
    const battery = Object.assign(new EventTarget(), { charging: true });
    const { onChange, watch } = setUp({ getBattery: async () => battery });
    await vi.waitFor(() => expect(watch.current.isOnBattery).toBe(false));
    expect(onChange).toHaveBeenCalledTimes(1);
    battery.charging = false;
    battery.dispatchEvent(new Event('chargingchange'));
    expect(onChange).toHaveBeenCalledTimes(2);
    expect(watch.current.isOnBattery).toBe(true);
    watch.dispose();
    battery.dispatchEvent(new Event('chargingchange'));
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it.each([
    [{ saveData: true }, true, 'saving'],
    [{ saveData: false }, false, 'saving'],
    [{ saveData: false, type: 'cellular' }, true, 'kind'],
    [{ saveData: false, type: 'wifi' }, false, 'kind'],
  ] as const)('of a connection %j are metered: %s', (properties, isMetered, told) => {
    const connection = Object.assign(new EventTarget(), properties);
    const { onChange, watch } = setUp({ connection });
    expect(watch.current.isMetered).toBe(isMetered);
    expect(watch.connectionTold).toBe(told);
    connection.dispatchEvent(new Event('change'));
    expect(onChange).toHaveBeenCalledTimes(1);
  });
});
