import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatewayProcess, type GatewayProcess } from './support/gateway-process.js';
import { aChannelId, aUser, House } from './support/house.js';
import { frame, opcodes, RawSocket } from './support/raw-socket.js';

let house: House;
let gateway: GatewayProcess;
beforeAll(async () => {
  house = await House.open();
  await house.worker.start();
  gateway = await startGatewayProcess(house.env);
});
afterAll(async () => {
  house.hangUp();
  await gateway?.stop();
  await house.close();
});

const { continuation, text, ping, pong } = opcodes;
const json = (payload: string, event = 'ping') => frame(text, `{"event":"${event}","payload":${payload}}`);
const manyKeys = Array.from({ length: 7_000 }, (_, i) => `"${i.toString(36)}":1`).join();

/** What is sent without end, what comes once before it, and how it ends. 1006: cut, without a close frame. */
const floods: Record<string, { bytes: Buffer; first?: Buffer; code: number; unknown?: true }> = {
  pings: { bytes: frame(ping), code: 1006 }, // by ws, once 60 pongs wait
  'pings as fat as can be': { bytes: frame(ping, 'x'.repeat(125)), code: 1006 },
  pongs: { bytes: frame(pong), code: 4429 },
  'frames that are all right': { bytes: json('{}'), code: 4429 },
  'empty frames': { bytes: frame(text), code: 4429 },
  'binary frames': { bytes: frame(opcodes.binary, 'x'), code: 4429 },
  'malformed JSON': { bytes: frame(text, '{'), code: 4429 },
  'deep nesting': { bytes: json(`{"x":${'['.repeat(32_000)}${']'.repeat(32_000)}}`), code: 4429 },
  'unclosed brackets': { bytes: frame(text, '['.repeat(65_000)), code: 4429 },
  'thousands of fields': { bytes: json(`{"epoch":"e","channels":{${manyKeys}}}`, 'sync'), code: 4429 },
  'the largest frames': { bytes: json(`{"x":"${'x'.repeat(65_000)}"}`), code: 4429 },
  'frames of who has not said who it is': { bytes: json('{}'), code: 4401, unknown: true },
  'empty fragments': { first: frame(text, '', { fin: false }), bytes: frame(continuation, '', { fin: false }), code: 1008 },
  'fragments of more than 64 KiB': {
    first: frame(text, 'x'.repeat(40_000), { fin: false }),
    bytes: frame(continuation, 'x'.repeat(40_000), { fin: false }),
    code: 1009,
  },
  'a frame that claims a gigabyte': { first: frame(text, '', { length: 2 ** 30 }), bytes: Buffer.alloc(1_000), code: 1009 },
  'unmasked frames': { bytes: frame(text, '{"event":"ping"}', { masked: false }), code: 1002 },
};
const socketsPerFlood = 1;
/** As much as one read brings. */
const bulk = (bytes: Buffer) => Buffer.concat(Array.from({ length: Math.ceil(65_536 / bytes.length) }, () => bytes));

it('ends every flood, all of them at once, while it stays quick and others get their messages', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  const bystander = await house.connect(bob, gateway);
  const attackers = Object.values(floods).flatMap((flood) => Array.from({ length: socketsPerFlood }, () => flood));
  const sockets = await Promise.all(
    attackers.map(({ unknown }) => {
      const headers = { Authorization: `Bearer ${house.token(aUser())}` };
      return unknown ? RawSocket.upgraded(gateway.port) : RawSocket.upgraded(gateway.port, headers, 'connection.ready');
    }),
  );
  const before = await house.scrape(gateway); // the lag's maximum begins anew with each

  const ended = Promise.all(
    sockets.map(async (socket, i) => {
      const { first, bytes } = attackers[i] ?? { bytes: Buffer.alloc(0) };
      if (first) socket.tcp.write(first);
      await socket.flood(bulk(bytes));
    }),
  );
  for (let n = 1; n <= 20; n++) {
    await house.worker.say(channel, ann, `number ${n}`);
    await bystander.next('message.new', n - 1);
  }
  await ended;
  const after = await house.scrape(gateway);
  const busy = after('process_cpu_seconds_total') - before('process_cpu_seconds_total');

  const codes = sockets.map(({ closeCode }) => closeCode ?? 1006);
  const each = Object.keys(floods).map((name, i) => [name, codes.slice(i * socketsPerFlood, (i + 1) * socketsPerFlood)]);
  expect(Object.fromEntries(each)).toEqual(
    Object.fromEntries(Object.entries(floods).map(([name, { code }]) => [name, Array(socketsPerFlood).fill(code)])),
  );
  expect(after('nodejs_eventloop_lag_max_seconds')).toBeLessThan(1.5); // all on two cores, the attackers too
  expect(busy).toBeLessThan(1.2); // 0.5 s, where reading on until the socket is destroyed takes 2.5
  await eventually(async () => (await house.metric('storm_gateway_connections', gateway)) === 1);
  bystander.send('ping', {});
  await bystander.next('pong');
});
