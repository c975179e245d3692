import { once } from 'node:events';
import { createServer } from 'node:net';

// Servers of a process of their own, so that nothing of them is in the heap of whoever is measured: one takes every
// connection and says nothing; one is an SMTP server that answers all but the last dot.

const counts = { mute: 0, dot: 0 };

const mute = createServer((socket) => {
  counts.mute++;
  socket.on('error', () => socket.destroy());
  socket.resume();
});

const dot = createServer((socket) => {
  counts.dot++;
  socket.on('error', () => socket.destroy());
  let inData = false;
  socket.write('220 mute.example ESMTP\r\n');
  socket.on('data', (data) => {
    if (inData) return;
    const verb = data.toString('latin1').slice(0, 4).toUpperCase();
    inData = verb === 'DATA';
    socket.write(inData ? '354 go on\r\n' : verb === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
    if (verb === 'QUIT') socket.end();
  });
});

for (const server of [mute, dot]) await once(server.listen(0, '127.0.0.1'), 'listening');
process.on('message', () => process.send(counts));
process.on('disconnect', () => process.exit());
process.send({ mute: mute.address().port, dot: dot.address().port });
