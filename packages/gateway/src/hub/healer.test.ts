import { eventually } from '@storm/devstack/testing';
import { eventAad, type SealedEvent } from '@storm/shared/contracts';
import { aadOf, createLogger, EventOpener, EventSealer, generateKey, parseKeyRing, unavailable } from '@storm/shared/node';
import { expect, it } from 'vitest';
import { Channel } from './channel.js';
import { Healer } from './healer.js';
import { HeldBudget } from './held-back.js';

const ring = parseKeyRing(generateKey('e1'));
const [sealer, opener] = [new EventSealer(ring), new EventOpener(ring)];
const giveUpMs = 1_000;

/** Healers that nobody helps but the recent log, by a clock that the test moves. */
function aHealer(recentLog: (channelId: string, after: number) => SealedEvent[]) {
  const clock = { ms: 0 };
  const tried = new Map<string, number>();
  const healer = new Healer({
    recentLog: (channelId, { after }) => {
      tried.set(channelId, (tried.get(channelId) ?? 0) + 1);
      return Promise.resolve(recentLog(channelId, after));
    },
    asker: { ask: () => Promise.reject(unavailable('nobody there')) },
    log: createLogger('test', 'silent'),
    giveUpMs,
    now: () => clock.ms,
    onHopeless: (channel) => channel.close(),
  });
  return { healer, clock, tried };
}

/** A channel at 1 with a member, whose healer is told of every hole. */
function aChannel(healer: Healer, number: number) {
  const channel = new Channel(`c${String(number).padStart(22, 'A')}`, {
    opener,
    budget: new HeldBudget(),
    counts: { events: 0, deliveries: 0, unopened: 0 },
    onHole: (behind) => healer.heal(behind),
    onChanged: () => undefined,
  });
  const member = { userId: 'u', closed: undefined as number | undefined, push: () => undefined, pushEphemeral: () => undefined };
  channel.attach({ ...member, close: (code) => (member.closed ??= code) });
  channel.start({ seq: 1, position: 1 });
  channel.flow();
  return { channel, member };
}

function sealed(channelId: string, seq: number): SealedEvent {
  const text = JSON.stringify({ event: 'message.new', payload: { seq, position: seq } });
  return { from: seq, seq, envelope: sealer.seal(Buffer.from(text), aadOf(...eventAad(channelId, seq, seq))) };
}

it('sends the members of all channels with a hole away when its time is up, however many those are', async () => {
  const { healer, clock, tried } = aHealer(() => []);
  const channels = Array.from({ length: 200 }, (_, i) => aChannel(healer, i));
  for (const { channel } of channels) channel.receive([sealed(channel.id, 3)]);
  expect(healer.size).toBe(channels.length);
  await eventually(() => channels.every(({ channel }) => (tried.get(channel.id) ?? 0) > 1));
  expect(channels.filter(({ member }) => member.closed !== undefined)).toEqual([]);

  clock.ms = giveUpMs + 1;
  await eventually(() => healer.size === 0);
  expect(new Set(channels.map(({ member }) => member.closed))).toEqual(new Set([4500]));
});

it('gives a hole that gets smaller its time anew', async () => {
  const { healer, clock } = aHealer((channelId, after) => {
    clock.ms += giveUpMs + 1;
    return [sealed(channelId, after + 1)];
  });
  const { channel, member } = aChannel(healer, 0);
  channel.note(20);
  healer.heal(channel);
  await eventually(() => healer.size === 0);
  expect([channel.delivered, member.closed]).toEqual([20, undefined]);
});
