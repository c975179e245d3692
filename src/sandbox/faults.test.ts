import { describe, expect, it } from 'vitest';
import { FAULTS, createFaults, parseFault, setFault } from './faults.ts';

describe('a fault as an operator writes it', () => {
  it.each([
    ['mx-down', { name: 'mx-down', value: true }],
    ['mx-down=on', { name: 'mx-down', value: true }],
    ['mx-down=off', { name: 'mx-down', value: false }],
    ['delivery-delay', { name: 'delivery-delay', value: 5_000 }],
    ['delivery-delay=250ms', { name: 'delivery-delay', value: 250 }],
    ['delivery-delay=1.5 s', { name: 'delivery-delay', value: 1_500 }],
    ['delivery-delay=40m', { name: 'delivery-delay', value: 2_400_000 }],
    ['delivery-delay=off', { name: 'delivery-delay', value: 0 }],
    ['webmail-text=a=b', { name: 'webmail-text', value: 'a=b' }],
    ['webmail-text=off', { name: 'webmail-text', value: '' }],
  ])('%s', (text, expected) => {
    expect(parseFault(text)).toEqual({ kind: 'fault', ...expected });
  });

  it.each([
    ['mx-donw', /^one of the faults submission-down, /],
    ['', /^one of the faults/],
    ['mx-down=5s', /^mx-down=on, mx-down=off$/],
    ['delivery-delay=5', /or a duration as in delivery-delay=2s$/],
    ['delivery-delay=-5s', /or a duration as in delivery-delay=2s$/],
    ['delivery-delay=1441m', /^delivery-delay of at most 1440m$/],
  ])('%s is wrong, and what was expected is told', (text, expected) => {
    expect(parseFault(text)).toEqual({ kind: 'wrong', expected: expect.stringMatching(expected) });
  });
});

describe('the switchboard', () => {
  it('has every fault off, once by its name', () => {
    expect(createFaults().active()).toEqual([]);
    expect(new Set(FAULTS.map((fault) => fault.name)).size).toBe(FAULTS.length);
  });

  it.each(FAULTS.map((fault) => [fault.name]))('%s can be switched on without a value, and off again', async (name) => {
    const faults = createFaults();
    for (const [text, active] of [
      [name, [name]],
      [`${name}=off`, []],
    ] as const) {
      const setting = parseFault(text);
      if (setting.kind === 'wrong') throw new Error(setting.expected);
      await setFault(faults, setting);
      expect(faults.active()).toEqual(active);
    }
  });

  it('waits for those who listen, until they no longer do', async () => {
    const faults = createFaults({ junk: true });
    const seen: string[] = [];
    const forget = faults.onChange(async () => {
      await Promise.resolve();
      seen.push(faults.active().join(' '));
    });
    await faults.set('hold', true);
    await faults.reset();
    forget();
    await faults.set('discard', true);
    expect(seen).toEqual(['hold junk', '']);
  });
});
