import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

/** Socket.IO as its documentation sets it up with Redis: everyone joins one room, `send` goes to the room. */
const url = process.argv[2] ?? '';
const http = createServer();
const pub = new Redis(url);
const sub = new Redis(url);
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, adapter: createAdapter(pub, sub) });
io.on('connection', (socket) => {
  void socket.join('room');
  socket.on('send', (payload: unknown) => io.to('room').emit('message', payload));
});
http.listen(0, '127.0.0.1', () => process.send?.((http.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
