import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createAskers, LeftError } from './askers.ts';

const closed = async (socket: Socket): Promise<void> => {
  const told = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.destroy();
  await told;
};

test('the last one to leave gives it up, however often each asked', async () => {
  const askers = createAskers();
  const [one, other] = [new Socket(), new Socket()];
  askers.add(one);
  askers.add(one);
  askers.add(other);
  await closed(one);
  expect(askers.left.aborted).toBe(false);
  await closed(other);
  expect(askers.left.reason).toBeInstanceOf(LeftError);
});

test('who has an answer waits no more, and may leave', async () => {
  const askers = createAskers();
  const socket = new Socket();
  const { done } = askers.add(socket);
  done();
  done();
  expect(socket.listenerCount('close')).toBe(0);
  await closed(socket);
  expect(askers.left.aborted).toBe(false);
});

test('one whose connection has closed already is not waited for', async () => {
  const askers = createAskers();
  const socket = new Socket();
  await closed(socket);
  askers.add(socket);
  expect(askers.left.aborted).toBe(true);
});
