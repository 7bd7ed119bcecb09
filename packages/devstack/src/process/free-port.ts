import { createServer } from 'node:net';

/** A TCP port of the loopback interface that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  return listenBriefly(0);
}

/** Throws when something listens on the port already: a check of readiness would find that one instead of ours. */
export async function requireFree(port: number): Promise<number> {
  try {
    return await listenBriefly(port);
  } catch (error) {
    throw new Error(`port ${port} is taken`, { cause: error });
  }
}

/** Gives free ports, each once: from `first` up, leaving out those that are taken; any without it. */
export function portsFrom(first?: number): () => Promise<number> {
  let next = first;
  return async () => {
    while (next !== undefined && next < 65_536) {
      const port = next++;
      if (await requireFree(port).catch(() => undefined)) return port;
    }
    return freePort();
  };
}

async function listenBriefly(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
