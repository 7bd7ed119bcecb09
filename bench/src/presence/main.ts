import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Rest } from '@storm/devstack';
import { Redis } from 'ioredis';
import { minted } from '../lib/mint.js';
import { channel } from '../lib/people.js';
import { round } from '../lib/round.js';
import { populate } from '../lib/populate.js';
import { report, say } from '../lib/say.js';
import { withStack } from '../lib/with-stack.js';
import { measureChanges, type Cost } from './measure.js';
import { changing } from './subjects.js';
import { whoIsOnline, type Asked } from './who-is-online.js';

/**
 * What presence costs in a channel of 50,000: a change to those who watch, and the answer to who is online. Measured while the
 * channel is small, and again with the same connections when it is large; beside a bare relay from Redis to sockets.
 */
const seconds = Math.min(12, Number(process.argv[2] ?? 6)); // a status may be chosen so often, and no oftener
const size = { small: 2_000, large: Number(process.argv[3] ?? 50_000) };
const watchers = 500;
const watched = 100;
const changesPerSecond = 120;
const topic = 'bench';
const common = { changesPerSecond, warmUpMs: 1_000, measureMs: seconds * 1_000 };
/** A count is believed for some seconds, and for twenty times as long as it took. */
const believedMs = 6_000;
const env = (service: string) => (service === 'gateway' ? { MAX_LOOP_LAG_MS: '60000' } : ({} as Record<string, string>));

await withStack({ gateways: 1, env }, async ({ description }, dataDir) => {
  const { mongo, redis, pids } = description;
  const [api = ''] = description.api;
  const [url = ''] = description.gateways;
  const [gatewayPid = 0] = pids['gateway'] ?? [];
  const members = minted(size.small, dataDir);
  const [owner] = members;
  if (!owner) throw new Error('nobody is there');
  await populate({ mongoUrl: mongo, members: [owner], channelsOf: () => [] });
  const place = await channel({ ...owner, rest: new Rest({ baseUrl: api, accessToken: owner.token }) });
  await populate({ mongoUrl: mongo, members: members.slice(1), channelsOf: () => [place] });

  const subjects = members.slice(1, 1 + watched);
  const tokens = members.slice(1 + watched, 1 + watched + watchers).map(({ token }) => token);
  const idle = fork(fileURLToPath(new URL('../idle/clients.js', import.meta.url)));
  try {
    idle.send({ url, tokens: members.slice(1 + watched + watchers).map(({ token }) => token) });
    await once(idle, 'message');
    const measure = async (members: number) => {
      const asked = await whoIsOnline(api, place, owner);
      const otherPids = [...(pids['worker'] ?? []), ...(pids['api'] ?? []), ...(pids['redis'] ?? [])];
      const change = () => changing(url, subjects, changesPerSecond);
      const ids = subjects.map(({ id }) => id);
      const cost = await measureChanges({ ...common, url, tokens, watched: ids, serverPid: gatewayPid, otherPids, change });
      tell(members, asked, cost);
      return { asked, cost };
    };
    const small = await measure(size.small);
    say(`putting ${size.large - size.small} further members in`);
    await populate({ mongoUrl: mongo, members: minted(size.large - size.small, dataDir), channelsOf: () => [place] });
    await wait(believedMs);
    const large = await measure(size.large);
    const bare = await measureBare(redis, tokens);
    say(`bare relay: ${round(bare.cpuPerDelivery, 2)} µs of the relay’s CPU per delivery`);
    report({
      bench: 'presence',
      seconds,
      watchers,
      watched,
      members: size,
      small: figures(small.asked, small.cost),
      large: figures(large.asked, large.cost),
      cpuPerDelivery: {
        bare: round(bare.cpuPerDelivery, 2),
        largeOfSmall: round(large.cost.cpuPerDelivery / small.cost.cpuPerDelivery, 2),
        largeOfBare: round(large.cost.cpuPerDelivery / bare.cpuPerDelivery, 2),
      },
    });
  } finally {
    idle.kill('SIGKILL');
  }
});

async function measureBare(redisUrl: string, tokens: readonly string[]): Promise<Cost> {
  const relay = fork(fileURLToPath(new URL('bare-relay.js', import.meta.url)), [redisUrl, topic]);
  const redis = new Redis(redisUrl);
  try {
    const [port] = (await once(relay, 'message')) as [number];
    const payload = { userId: 'u'.repeat(23), status: 'online', lastSeenAt: null };
    const frame = JSON.stringify({ event: 'presence.changed', payload });
    const change = () => {
      const timer = setInterval(() => void redis.publish(topic, frame), 1_000 / changesPerSecond);
      return Promise.resolve(() => clearInterval(timer));
    };
    const url = `ws://127.0.0.1:${port}`;
    return await measureChanges({ ...common, url, tokens, watched: [], serverPid: relay.pid ?? 0, change });
  } finally {
    redis.disconnect();
    relay.kill('SIGKILL');
  }
}

function figures({ online, firstMs, thenMs }: Asked, { subscribedMs, cpuPerDelivery, othersPerChange, ...cost }: Cost) {
  return {
    online,
    firstMs: round(firstMs),
    thenMs: round(thenMs),
    subscribedMs: round(subscribedMs, 0),
    deliveriesPerSecond: round(cost.deliveriesPerSecond, 0),
    cpuPerDelivery: round(cpuPerDelivery, 2),
    othersPerChange: round(othersPerChange, 0),
  };
}

function tell(members: number, asked: Asked, cost: Cost): void {
  const { online, firstMs, thenMs, deliveriesPerSecond, cpuPerDelivery, othersPerChange } = figures(asked, cost);
  say(`${members} members, ${online} online: asked first ${firstMs} ms, then ${thenMs} ms`);
  say(`  a change: ${cpuPerDelivery} µs of the gateway’s CPU per delivery, at ${deliveriesPerSecond}/s`);
  say(`  and ${othersPerChange} µs of CPU of worker, api and Redis per change`);
}
