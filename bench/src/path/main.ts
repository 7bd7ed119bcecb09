import { channel, inLanes, people } from '../lib/people.js';
import { round } from '../lib/round.js';
import { report, say } from '../lib/say.js';
import { withStack } from '../lib/with-stack.js';
import { bulkInsert } from './bulk-insert.js';
import { latency } from './latency.js';
import { plain } from './plain.js';
import { throughput } from './throughput.js';

/** What the whole path carries, beside MongoDB alone and the plain design, all in one run on one machine. */
const seconds = Number(process.argv[2] ?? 10);
const text = 'x'.repeat(100);
const options = {
  gateways: 2,
  env: (service: string): Record<string, string> => (service === 'gateway' ? { MAX_CONNECTIONS_PER_USER: '1000' } : {}),
};
await withStack(options, async (stack) => {
  const { description } = stack;
  const [api = ''] = description.api;
  const [gateway = ''] = description.gateways;
  const measureMs = seconds * 1_000;

  say('setting up 50 users and 1,001 channels');
  const users = await people(api, 50);
  const senders = users.slice(0, 10);
  const [first] = users;
  if (!first) throw new Error('nobody registered');
  const one = await channel(first, users.slice(1));
  const many = senders.map((person) => ({ person, channels: [] as string[] }));
  await inLanes(1_000, 20, async (i) => {
    const own = many[i % many.length];
    if (own) own.channels.push(await channel(own.person));
  });

  const alone = { mongoUrl: description.mongo, batch: 500, measureMs, textBytes: text.length };
  const bulkOne = await bulkInsert({ ...alone, writers: 1, channels: 1 });
  say(`MongoDB alone, ordered bulks of 500, 1 channel, 1 writer: ${round(bulkOne, 0)} rows/s`);
  const bulkMany = await bulkInsert({ ...alone, writers: 8, channels: 1_000 });
  say(`MongoDB alone, ordered bulks of 500, 1,000 channels, 8 writers: ${round(bulkMany, 0)} rows/s`);

  const load = { url: gateway, warmUpMs: 3_000, measureMs, text };
  const pathOne = await throughput({
    ...load,
    window: 500,
    senders: senders.slice(0, 4).map((person) => ({ person, channels: [one] })),
  });
  say(`the path, 1 channel: ${round(pathOne, 0)} persisted messages/s`);
  const pathMany = await throughput({ ...load, window: 200, senders: many });
  say(`the path, 1,000 channels: ${round(pathMany, 0)} persisted messages/s`);

  const plainRate = await plain({ redisUrl: description.redis, mongoUrl: description.mongo, measureMs, text });
  say(`the plain design (a job and an insert each): ${round(plainRate, 0)} messages/s`);

  const at100 = await latency({
    urls: description.gateways,
    members: users,
    channelId: one,
    clients: 1_000,
    ratePerSecond: 100,
    seconds,
  });
  say(`send to receipt at 100 messages/s, 1,000 clients: p50 ${round(at100.p50)} ms, p99 ${round(at100.p99)} ms`);
  const few = await latency({
    urls: description.gateways,
    members: users,
    channelId: one,
    clients: 10,
    ratePerSecond: 100,
    seconds,
  });
  say(`send to receipt at 100 messages/s, 10 clients: p50 ${round(few.p50)} ms, p99 ${round(few.p99)} ms`);

  report({
    bench: 'path',
    seconds,
    persistedPerSecond: { oneChannel: round(pathOne, 0), thousandChannels: round(pathMany, 0) },
    bulkInsertPerSecond: { oneChannel: round(bulkOne, 0), thousandChannels: round(bulkMany, 0) },
    plainPerSecond: round(plainRate, 0),
    ofBulkInsert: { oneChannel: round(pathOne / bulkOne, 2), thousandChannels: round(pathMany / bulkMany, 2) },
    timesPlain: { oneChannel: round(pathOne / plainRate, 1), thousandChannels: round(pathMany / plainRate, 1) },
    latencyMs: {
      clients1000: { p50: round(at100.p50), p99: round(at100.p99), delivered: round(at100.delivered, 4) },
      clients10: { p50: round(few.p50), p99: round(few.p99) },
    },
  });
});
