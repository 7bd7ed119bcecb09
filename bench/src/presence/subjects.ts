import type { WebSocket } from 'ws';
import { benchSocket } from '../lib/bench-socket.js';
import type { Bearer } from '../lib/mint.js';

/** Those who are watched, connected, and changing what others see of them by turns, until the returned function is called. */
export async function changing(url: string, people: readonly Bearer[], changesPerSecond: number): Promise<() => void> {
  const sockets: WebSocket[] = [];
  for (const { token } of people) sockets.push(await benchSocket(url, token, () => undefined));
  let turn = 0;
  const timer = setInterval(() => {
    const status = Math.floor(turn / sockets.length) % 2 === 0 ? 'away' : 'online';
    sockets[turn++ % sockets.length]?.send(JSON.stringify({ event: 'presence.set', payload: { status } }));
  }, 1_000 / changesPerSecond);
  return () => {
    clearInterval(timer);
    for (const socket of sockets) socket.close();
  };
}
