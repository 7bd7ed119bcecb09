import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CountingProcesses, type Figures } from '../lib/counting-processes.js';
import { channel, people } from '../lib/people.js';
import { round } from '../lib/round.js';
import { report, say } from '../lib/say.js';
import { withStack } from '../lib/with-stack.js';
import type { Wanted } from './clients.js';

/** What it costs to know who somebody is: authenticated connects beside a bare ws, and sends over REST beside a bare Express. */
const seconds = Number(process.argv[2] ?? 10);
const common = { warmUpMs: 2_000, measureMs: seconds * 1_000 };

const options = {
  gateways: 1,
  env: (service: string): Record<string, string> => (service === 'gateway' ? { MAX_CONNECTIONS_PER_USER: '1000' } : {}),
};
await withStack(options, async (stack) => {
  const bare = fork(fileURLToPath(new URL('bare-server.js', import.meta.url)));
  try {
    const [port] = (await once(bare, 'message')) as [number];
    const { api, gateways, pids } = stack.description;
    const users = await people(api[0] ?? '', 20);
    const [first] = users;
    if (!first) throw new Error('nobody is there');
    const channelId = await channel(first, users.slice(1));
    const tokens = users.map(({ token }) => token);
    const [gatewayPid = 0] = pids['gateway'] ?? [];
    const [apiPid = 0] = pids['api'] ?? [];
    const barePid = bare.pid ?? 0;

    const connect = { kind: 'connect' as const, tokens, atOnce: 16 };
    const post = { kind: 'post' as const, tokens, atOnce: 32, text: 'x'.repeat(100) };
    const figures = {
      bareConnects: await measure({ ...connect, url: `ws://127.0.0.1:${port}` }, barePid),
      connects: await measure({ ...connect, url: gateways[0] ?? '' }, gatewayPid),
      barePosts: await measure({ ...post, url: `http://127.0.0.1:${port}`, status: 200 }, barePid),
      sends: await measure({ ...post, url: `${api[0]}/api/v1/channels/${channelId}/messages`, status: 202 }, apiPid),
    };
    const shown = ({ perSecond, cpuEach }: Figures) => ({
      perSecond: round(perSecond, 0),
      cpuEach: round(cpuEach, 0),
      perCore: round(1_000_000 / cpuEach, 0),
    });
    for (const [name, measured] of Object.entries(figures)) {
      const { perSecond, cpuEach, perCore } = shown(measured);
      say(`${name}: ${perSecond}/s here, ${cpuEach} µs of the server’s CPU each: ${perCore}/s a core`);
    }
    report({
      bench: 'access',
      seconds,
      ...Object.fromEntries(Object.entries(figures).map(([name, measured]) => [name, shown(measured)])),
      connectOfBare: round(figures.connects.cpuEach / figures.bareConnects.cpuEach, 2),
      sendOfBare: round(figures.sends.cpuEach / figures.barePosts.cpuEach, 2),
    });
  } finally {
    bare.kill('SIGKILL');
  }
});

async function measure(wanted: Wanted, serverPid: number): Promise<Figures> {
  const clients = new CountingProcesses(fileURLToPath(new URL('clients.js', import.meta.url)), 1);
  try {
    await clients.start(() => wanted);
    return await clients.measure({ ...common, serverPid });
  } finally {
    clients.end();
  }
}
