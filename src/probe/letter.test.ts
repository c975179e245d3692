import { describe, expect, it } from 'vitest';
import { letterContent, padding } from './letter.ts';

const probe = {
  id: 'abcdefghijklmnop2345',
  system: 'corp.example',
  route: 'hq-out',
  kind: 'outbound',
  mailbox: null,
  launchedAt: Date.UTC(2026, 10, 22),
} as const;
const content = letterContent({ probe, token: 'v=1; token', from: 'probe@corp.example', to: 'x@sink.example' });

describe('the letter of a probe', () => {
  it('says in its subject what it is', () => {
    expect(content.subject).toBe('mailwitness probe: outbound mail of corp.example');
  });

  it('tells in English and Chinese how to stop it, and which probe it is', () => {
    expect(content.text).toContain('To stop these letters, tell their sender');
    expect(content.text).toContain('如需停止');
    expect(content.text).toMatch(
      /route: {2}hq-out\nprobe: {2}abcdefghijklmnop2345\nsent: {3}2026-11-22T00:00:00\.000Z\n$/u,
    );
  });

  it('has lines of at most 78 columns', () => {
    expect(Math.max(...content.text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(78);
  });

  it('asks robots not to answer, and does not ask servers to hold back reports of failure', () => {
    expect(content.headers).toEqual({
      'X-Mailwitness': 'v=1; token',
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply',
    });
  });

  it('has a Message-ID of its own at the sender’s domain', () => {
    expect(content.messageId).toBe('<mailwitness.abcdefghijklmnop2345@corp.example>');
  });
});

describe('padding', () => {
  it.each([0, -5, 1, 2, 3, 75, 76, 77, 78, 79, 151, 152, 153, 10_000])(
    'of %i bytes has that many, in whole lines without a dot at their start',
    (bytes) => {
      const text = padding(bytes);
      // A line cannot be shorter than one character and its end.
      const rest = bytes % 76;
      expect(text.length).toBe(Math.max(0, bytes) + (rest === 1 ? 2 : rest === 2 ? 1 : 0));
      expect(text).toMatch(/^(?:[^.\r\n][^\r\n]{0,73}\r\n)*$/u);
    },
  );
});
