import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';

const Targets = z.tuple([z.object({ webSocketDebuggerUrl: z.string() })]).rest(z.unknown());
const Memory = z.object({
  result: z.object({ result: z.object({ value: z.object({ rss: z.number(), heapUsed: z.number(), external: z.number() }) }) }),
});
export type Memory = z.infer<typeof Memory>['result']['result']['value'];

/** How a process is started so that its memory can be looked at. */
export const inspect = (port: number): string => `--inspect=127.0.0.1:${port}`;

/** What a Node process holds in bytes after its garbage is collected, asked through its inspector: the program itself is as always. */
export async function memoryOf(port: number): Promise<Memory> {
  const [{ webSocketDebuggerUrl }] = Targets.parse(await (await fetch(`http://127.0.0.1:${port}/json/list`)).json());
  const socket = new WebSocket(webSocketDebuggerUrl, { perMessageDeflate: false });
  await once(socket, 'open');
  try {
    let id = 0;
    const call = async (method: string, params = {}): Promise<unknown> => {
      socket.send(JSON.stringify({ id: ++id, method, params }));
      const [answer] = (await once(socket, 'message')) as [Buffer];
      return JSON.parse(answer.toString());
    };
    for (let i = 0; i < 2; i++) await call('HeapProfiler.collectGarbage');
    const memory = await call('Runtime.evaluate', { expression: 'process.memoryUsage()', returnByValue: true });
    return Memory.parse(memory).result.result.value;
  } finally {
    socket.terminate();
  }
}
