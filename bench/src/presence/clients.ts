import { WebSocket } from 'ws';
import { isEvent } from '../lib/bench-socket.js';

/**
 * Watchers of one load process, over IPC: told where to connect and whom to watch, it says when each has its snapshot, and
 * counts the changes that come. A bare server pushes by itself, to whoever is there.
 */
interface Wanted {
  url: string;
  tokens: string[];
  /** Nobody: of a bare server. */
  watched: string[];
}

const atOnce = 20;
let received = 0;

process.on('message', (message: Wanted | 'count') => {
  if (message === 'count') process.send?.(received);
  else void connectAll(message).then(() => process.send?.('connected'));
});

async function connectAll({ url, tokens, watched }: Wanted): Promise<void> {
  for (let i = 0; i < tokens.length; i += atOnce) {
    await Promise.all(tokens.slice(i, i + atOnce).map((token) => watch(url, token, watched)));
  }
}

function watch(url: string, token: string, userIds: readonly string[]): Promise<void> {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    if (userIds.length === 0) socket.on('open', () => resolve());
    socket.on('message', (data) => {
      const frame = data as Buffer;
      if (isEvent(frame, 'presence.changed')) received++;
      else if (isEvent(frame, 'presence.snapshot')) resolve();
      else if (isEvent(frame, 'connection.ready')) {
        socket.send(JSON.stringify({ event: 'presence.subscribe', payload: { userIds } }));
      } else if (isEvent(frame, 'error')) reject(new Error(frame.toString()));
    });
  });
}
