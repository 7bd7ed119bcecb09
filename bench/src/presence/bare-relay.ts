import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { WebSocketServer } from 'ws';

/** The least that can bring a change to those who watch: what Redis publishes goes as it is to every socket of a bare ws. */
const [url = '', topic = ''] = process.argv.slice(2);
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
const redis = new Redis(url);
redis.on('message', (_topic, message) => {
  for (const socket of sockets.clients) socket.send(message);
});
await redis.subscribe(topic);
http.listen(0, '127.0.0.1', () => process.send?.((http.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
