import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { WebSocketServer } from 'ws';

/** What is left without Storm: an Express that echoes JSON, and a ws that says one thing to whoever connects. */
const app = express();
app.use(express.json());
app.post('/', (request, response) => void response.json(request.body));

const http = createServer(app);
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
http.on('upgrade', (request, raw, head) =>
  sockets.handleUpgrade(request, raw, head, (socket) => socket.send('{"event":"hello"}')),
);
http.listen(0, '127.0.0.1', () => process.send?.((http.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
