import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

/**
 * One load process, over IPC: does the same thing again and again, so many at once, and counts. `connect` opens a socket, waits
 * for its first message and closes it; `post` posts a body over kept connections.
 */
export type Wanted =
  | { kind: 'connect'; url: string; tokens: string[]; atOnce: number }
  | { kind: 'post'; url: string; tokens: string[]; atOnce: number; status: number; text: string };

let done = 0;

process.on('message', (message: Wanted | 'count') => {
  if (message === 'count') return process.send?.(done);
  for (let i = 0; i < message.atOnce; i++) void again(message, i);
  return process.send?.('ready');
});

async function again(wanted: Wanted, lane: number): Promise<never> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let turn = lane; ; turn++) {
    const token = wanted.tokens[turn % wanted.tokens.length] ?? '';
    await (wanted.kind === 'connect' ? connect(wanted.url, token) : post(wanted, token, agent));
    done++;
  }
}

function connect(url: string, token: string): Promise<void> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.once('message', () => socket.close());
    socket.on('close', (code) => (code === 1005 || code === 1000 ? resolve() : reject(new Error(`closed with ${code}`))));
    socket.on('error', reject);
  });
}

function post({ url, status, text }: Wanted & { kind: 'post' }, token: string, agent: Agent): Promise<void> {
  const body = JSON.stringify({ messageId: crypto.randomUUID(), text, clientTs: Date.now() });
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === status ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
