import { connect } from 'node:net';

/** Whether a Redis answers on this port of the loopback interface and has loaded its data. Never throws, takes a second at most. */
export async function pingRedis(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.setTimeout(1_000, () => resolve(false));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('connect', () => socket.write('PING\r\n'));
      socket.once('data', (answer) => resolve(answer.toString().startsWith('+PONG')));
    });
  } finally {
    socket.destroy();
  }
}
