import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A connection to a gateway that costs its own process as little as it can: what arrives is handed on as bytes. */
export async function benchSocket(url: string, token: string, onFrame: (frame: Buffer) => void): Promise<WebSocket> {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  const ready = new Promise<void>((resolve, reject) => {
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.once('message', () => resolve()); // connection.ready is the first
  });
  socket.on('error', () => undefined); // told by `close`
  await Promise.all([once(socket, 'open'), ready]);
  socket.on('message', onFrame);
  return socket;
}

/** Does a frame begin so? Cheaper than parsing it. */
export const isEvent = (frame: Buffer, event: string): boolean => frame.indexOf(`"event":"${event}"`, 0, 'latin1') >= 0;
