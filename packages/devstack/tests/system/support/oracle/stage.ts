import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { channelIdOf, dmIdOf, messageIdOf, RedisNames } from '@storm/shared/contracts';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Person } from '../../../../src/scenario/cast.js';
import { eventually } from '../../../../src/testing/index.js';
import { registerMany } from '../crowd.js';
import type { System } from '../system.js';
import { compare } from './compare.js';
import { Device } from './device.js';
import { cast, deviceOwners, ownerOf, rooms, userCount, type Place, type Send, type Step } from './script.js';
import { settle } from './settle.js';

type Management = Extract<Step, { key: string; place: Place }>;

/** Users, channels and devices of one seed. */
export class Stage {
  readonly devices: readonly Device[];
  readonly #underWay: Promise<void>[] = [];
  readonly #redis: Redis;

  private constructor(
    private readonly system: System,
    private readonly people: readonly Person[],
    private readonly places: Readonly<Record<Place, string>>,
  ) {
    this.devices = deviceOwners.map((owner) => new Device(this.#person(owner)));
    this.#redis = new Redis(system.redisUrl);
  }

  static async set(seed: number, system: System): Promise<Stage> {
    const people = await registerMany(() => system.api(), userCount);
    const made = await Promise.all(rooms.map(async (place) => [place, await makeRoom(seed, place, people)] as const));
    const between = ([a = 0, b = 0]: readonly number[]) => dmIdOf(people[a]?.id ?? '', people[b]?.id ?? '');
    const places = { ...Object.fromEntries(made), dm: between(cast.dm), late: between(cast.late) } as Record<Place, string>;
    const stage = new Stage(system, people, places);
    await stage.#open(cast.dm[0] ?? 0, cast.dm[1] ?? 0, randomUUID());
    for (const [index, device] of stage.devices.entries()) device.connect(system.gateway(index % 2));
    await eventually(() => stage.devices.every(({ isReady }) => isReady), {
      timeoutMs: 60_000,
      what: 'all devices to be ready',
    });
    return stage;
  }

  /** Who and where, for whoever reads the script. */
  get cast(): string {
    const users = this.people.map(({ id, username }, index) => `user ${index}: ${username} ${id}`);
    return [...users, ...Object.entries(this.places).map((entry) => entry.join(': '))].join('\n');
  }

  /** Begins a step; only a pause takes time. */
  async perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'send': {
        const { messageId, text, thread } = step;
        const threadId = thread ? this.#messageId(thread) : null;
        return this.#change(step, messageId, 'message.send', {
          channelId: this.places[step.place],
          messageId,
          text: this.#naming(text, step.mention),
          clientTs: Date.now(),
          threadId,
        });
      }
      case 'edit':
        return this.#change(step, step.changeId, 'message.edit', {
          ...this.#target(step),
          text: this.#naming(step.text, step.mention),
        });
      case 'delete':
        return this.#change(step, step.changeId, 'message.delete', this.#target(step));
      case 'react': {
        const event = step.added ? 'reaction.add' : 'reaction.remove';
        return this.#change(step, step.changeId, event, { ...this.#target(step), emoji: step.emoji });
      }
      case 'flood': {
        const channelId = this.places[step.place];
        for (const messageId of step.messageIds) {
          const payload = { channelId, messageId, text: messageId.repeat(111), clientTs: Date.now() };
          this.#change(step, messageId, 'message.send', payload);
        }
        this.#device(step).connect(this.system.gateway(0));
        await eventually(() => this.#device(step).settled, { timeoutMs: 120_000, what: 'the flood to be over' });
        return;
      }
      case 'read': {
        const channelId = this.places[step.place];
        const position = this.#device(step).replica.channel(channelId)?.position ?? 0;
        return this.#device(step).read(channelId, Math.ceil(position * step.share));
      }
      case 'cut':
        return this.#device(step).cut();
      case 'resume':
        return this.#device(step).connect(this.system.gateway(step.gateway));
      case 'pause':
        return pause(step.ms);
      case 'expire':
        return this.#begin(this.#expire(this.places[step.place]));
      case 'open':
        return this.#begin(this.#open(step.user, step.whom, step.key));
      default:
        return this.#begin(this.#manage(step));
    }
  }

  /** Everybody comes back and everything has its verdict. */
  async comeTogether(): Promise<void> {
    for (const [index, device] of this.devices.entries()) device.connect(this.system.gateway((index + 1) % 2));
    await Promise.all(this.#underWay);
    await eventually(() => this.devices.every(({ settled }) => settled), {
      timeoutMs: 120_000,
      what: 'all devices to settle',
    }).catch((error: unknown) => {
      throw new Error(this.devices.map(({ waitsFor }) => waitsFor).join('\n'), { cause: error });
    });
  }

  /** Throws when a device has another state than its user is shown, or a gateway did what it never should. */
  async compare(): Promise<void> {
    const violations = () => this.devices.flatMap(({ replica }) => replica.violations).join('\n');
    expect(violations()).toBe('');
    await Promise.all(
      this.people.map((person, user) => {
        const own = this.devices.filter((_, index) => ownerOf(index) === user);
        return compare(person, own, this.system.gateway(user % 2));
      }),
    );
    expect(violations()).toBe('');
  }

  async clear(): Promise<void> {
    for (const device of this.devices) device.cut();
    this.#redis.disconnect();
    await Promise.allSettled(this.#underWay);
  }

  #change(by: { device: number }, ...change: Parameters<Device['submit']>): void {
    this.#device(by).submit(...change);
  }

  #target({ of, changeId }: { of: Send; changeId: string }) {
    return { channelId: this.places[of.place], changeId, id: this.#messageId(of) };
  }

  #messageId({ place, device, messageId }: Send): string {
    return messageIdOf(this.places[place], this.#person(ownerOf(device)).id, messageId);
  }

  #naming(text: string, mention: number | undefined): string {
    return mention === undefined ? text : `${text} @${this.#person(mention).username}`;
  }

  async #expire(channelId: string): Promise<void> {
    const { epoch } = this.devices.find((device) => device.epoch !== undefined) ?? {};
    const { namespace } = this.system;
    const shards = Number(await this.#redis.hget(new RedisNames(namespace, 1).meta, 'shards'));
    await this.#redis.del(new RedisNames(namespace, shards).log(channelId, epoch ?? ''));
  }

  #open(user: number, whom: number, key: string): Promise<void> {
    return settle(this.#person(user).rest, 'POST', '/dms', key, { userId: this.#person(whom).id });
  }

  #manage(step: Management): Promise<void> {
    const { rest } = this.#person(step.user);
    const channel = `/channels/${this.places[step.place]}`;
    const member = 'whom' in step ? this.#person(step.whom).id : '';
    switch (step.do) {
      case 'join':
      case 'leave':
        return settle(rest, 'POST', `${channel}/${step.do}`, step.key);
      case 'add':
        return settle(rest, 'POST', `${channel}/members`, step.key, { userId: member });
      case 'remove':
        return settle(rest, 'DELETE', `${channel}/members/${member}`, step.key);
      case 'role':
        return settle(rest, 'PATCH', `${channel}/members/${member}`, step.key, { role: step.role });
      case 'rename':
        return settle(rest, 'PATCH', channel, step.key, { description: step.description });
      case 'archive':
        return settle(rest, 'DELETE', channel, step.key);
    }
  }

  #begin(work: Promise<void>): void {
    work.catch(() => undefined); // told by `comeTogether`
    this.#underWay.push(work);
  }

  #device({ device }: { device: number }): Device {
    const found = this.devices[device];
    if (!found) throw new Error(`no device ${device}`);
    return found;
  }

  #person(user: number): Person {
    const person = this.people[user];
    if (!person) throw new Error(`no user ${user}`);
    return person;
  }
}

/** A channel with its cast, all of it persisted. Its id follows from who made it under which key. */
async function makeRoom(seed: number, place: Place, people: readonly Person[]): Promise<string> {
  const [owner, ...others] = cast[place].flatMap((user) => people[user] ?? []);
  if (!owner) throw new Error('nobody there');
  const key = randomUUID();
  const id = channelIdOf(owner.id, key);
  const body = { type: place === 'study' ? 'private' : 'public', name: `${place} ${seed} ${randomBytes(3).toString('hex')}` };
  await settle(owner.rest, 'POST', '/channels', key, body);
  await Promise.all(
    others.map(({ id: userId }) => settle(owner.rest, 'POST', `/channels/${id}/members`, randomUUID(), { userId })),
  );
  return id;
}
