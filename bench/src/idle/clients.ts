import { WebSocket } from 'ws';

/** Connections that only hold on, over IPC: told where and for whom, it says when each has had its first message. */
interface Wanted {
  url: string;
  tokens: string[];
}

const atOnce = 50;

process.on('message', ({ url, tokens }: Wanted) => void connectAll(url, tokens).then(() => process.send?.('connected')));
process.on('disconnect', () => process.exit(0));

async function connectAll(url: string, tokens: readonly string[]): Promise<void> {
  for (let i = 0; i < tokens.length; i += atOnce) {
    await Promise.all(tokens.slice(i, i + atOnce).map((token) => connect(url, token)));
  }
}

function connect(url: string, token: string): Promise<void> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.once('message', () => resolve());
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('error', reject);
  });
}
