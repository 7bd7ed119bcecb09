import { WebSocket } from 'ws';

/**
 * Connections of one load process, over IPC: it is told where to connect, says when all are in, and counts every message that
 * it has parsed. Both systems are met with the same bare `ws`, so that clients cost the same.
 */
interface Wanted {
  kind: 'storm' | 'socket.io';
  url: string;
  tokens: string[];
}

let received = 0;

process.on('message', (message: Wanted | 'count' | 'end') => {
  if (message === 'count') process.send?.(received);
  else if (message === 'end') process.exit(0);
  else void connectAll(message).then(() => process.send?.('connected'));
});

async function connectAll({ kind, url, tokens }: Wanted): Promise<void> {
  for (let i = 0; i < tokens.length; i += 10) {
    await Promise.all(tokens.slice(i, i + 10).map((token) => (kind === 'storm' ? storm(url, token) : socketIo(url))));
  }
}

function storm(url: string, token: string): Promise<void> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const { event } = JSON.parse((data as Buffer).toString()) as { event: string };
      if (event === 'message.new') received++;
      else if (event === 'connection.ready') resolve();
    });
  });
}

/** As much of Engine.IO 4 and Socket.IO 5 as a listener speaks: connect (40), answer pings (2 → 3), parse events (42). */
function socketIo(url: string): Promise<void> {
  const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (text.startsWith('42')) {
        const [event] = JSON.parse(text.slice(2)) as [string];
        if (event === 'message') received++;
      } else if (text.startsWith('40')) resolve();
      else if (text.startsWith('0')) socket.send('40');
      else if (text === '2') socket.send('3');
    });
  });
}
