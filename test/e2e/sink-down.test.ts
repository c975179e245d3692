import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Server, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startApp } from '../../src/app.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createSystemClock } from '../../src/lib/system-clock.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { sandboxSettings } from '../../src/sandbox/sandbox-settings.ts';

const PATIENCE = { timeout: 10_000 };
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

test('while its sink does not listen the metric of the alert MailwitnessSinkDown is 0, and 1 again once it does', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-sink-'));
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  const sink = { host: '127.0.0.1', port: 0 };
  const sandbox = createSandbox({
    clock: createSystemClock(),
    log: silentLog,
    sink: { ...sink, domain: 'sink.example' },
  });
  const addresses = await sandbox.start();
  cleanUp.push(() => sandbox.stop());
  const listen = '127.0.0.1:0';
  const settings = sandboxSettings(addresses, { store: path.join(folder, 'a.db'), sink, listen }, folder);
  const app = await startApp({ settings, version: 'test', log: silentLog });
  cleanUp.push(app.stop);
  const listening = async (): Promise<string | undefined> =>
    /^mailwitness_sink_listening (\d)$/mu.exec(await (await fetch(`${app.url}metrics`)).text())?.[1];
  const ready = async (): Promise<string> => await (await fetch(`${app.url}readyz`)).text();
  expect(await listening()).toBe('1');

  const port = app.sinkPort ?? 0;
  const server = serverAt(port);
  server.close();
  await once(server, 'close');
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  expect(await listening()).toBe('0');
  await expect.poll(ready, PATIENCE).toContain('the sink does not listen: agent.sink.listen: expected a free port');

  squatter.close();
  await expect.poll(listening, PATIENCE).toBe('1');
});

/** The server itself, which nobody is handed: what breaks it comes from the system. */
function serverAt(port: number): Server {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const found = handles.find(
    (it): it is Server => it instanceof Server && (it.address() as AddressInfo | null)?.port === port,
  );
  if (found === undefined) throw new Error(`nobody listens on ${port}`);
  return found;
}
