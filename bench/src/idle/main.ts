import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '@storm/devstack';
import { inspect } from '../lib/inspected.js';
import { minted } from '../lib/mint.js';
import { round } from '../lib/round.js';
import { report, say } from '../lib/say.js';
import { withStack } from '../lib/with-stack.js';
import { hold, type Held } from './hold.js';

/** What an idle connection holds in one gateway, each of a user of its own, beside one in a bare `ws`. */
const connections = Number(process.argv[2] ?? 5_000);
const heartbeatMs = 4_000;
/** Long enough that each is pinged. */
const settleMs = 1.5 * heartbeatMs;
const ports = { gateway: await freePort(), bare: await freePort() };
/** With limits as in production, but for those of one address, and of a machine that is busy with clients too. */
const gatewayEnv = {
  RATE_LIMITS: 'on',
  MAX_LOOP_LAG_MS: '60000',
  LIMIT_CONNECTS_PER_MINUTE: '1000000',
  HEARTBEAT_MS: String(heartbeatMs),
  NODE_OPTIONS: inspect(ports.gateway),
};

const bare = fork(fileURLToPath(new URL('../access/bare-server.js', import.meta.url)), {
  execArgv: [inspect(ports.bare)],
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
});
try {
  const [port] = (await once(bare, 'message')) as [number];
  const ofBare = await hold({
    url: `ws://127.0.0.1:${port}`,
    tokens: Array.from({ length: connections }, () => ''),
    port: ports.bare,
    settleMs,
  });
  tell('bare ws', ofBare);
  const env = (service: string) => (service === 'gateway' ? gatewayEnv : {});
  await withStack({ gateways: 1, env }, async ({ description }, dataDir) => {
    const tokens = minted(connections, dataDir).map(({ token }) => token);
    const held = await hold({ url: description.gateways[0] ?? '', tokens, port: ports.gateway, settleMs });
    tell('Storm', held);
    report({
      bench: 'idle',
      connections,
      bytes: { storm: rounded(held), bare: rounded(ofBare) },
      timesBare: round(held.rss / ofBare.rss, 1),
    });
  });
} finally {
  bare.kill('SIGKILL');
}

function rounded({ rss, rssOfSecondHalf, heap }: Held): Held {
  return { rss: round(rss, 0), rssOfSecondHalf: round(rssOfSecondHalf, 0), heap: round(heap, 0) };
}

function tell(name: string, { rss, rssOfSecondHalf, heap }: Held): void {
  const kib = (bytes: number) => round(bytes / 1_024, 1);
  const parts = `${kib(rssOfSecondHalf)} in the second half, ${kib(heap)} of them known to JavaScript`;
  say(`${name}: ${kib(rss)} KiB for each of ${connections} connections (${parts})`);
}
