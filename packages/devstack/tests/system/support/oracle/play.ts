import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { channelIdOf, dmIdOf, messageIdOf, RedisNames } from '@storm/shared/contracts';
import { expect } from 'vitest';
import { Socket } from '../../../../src/clients/socket.js';
import type { Person } from '../../../../src/scenario/cast.js';
import { eventually } from '../../../../src/testing/index.js';
import { registerMany } from '../crowd.js';
import { report } from '../report.js';
import type { System } from '../system.js';
import { Device } from './device.js';
import { patiently, settle } from './settle.js';
import { cast, deviceOwners, ownerOf, rooms, told, scriptOf, userCount, type Place, type Send, type Step } from './script.js';
import { readChannels, readViews } from './view.js';

/** What came of one seed. */
export interface Figures {
  steps: number;
  resumes: number;
  syncs: number;
  pages: number;
  reloads: number;
  gaps: number;
  verdicts: ReadonlyMap<string, number>;
}

/**
 * Plays the script of a seed, with nobody waiting for anybody, brings all devices back, and throws when one of them has another
 * state than the API shows its user, or when a gateway did what it never should.
 */
export async function play(seed: number, system: System): Promise<Figures> {
  const script = scriptOf(seed);
  const stage = await Stage.set(seed, system);
  try {
    for (const step of script) await stage.perform(step);
    await stage.comeTogether();
    return { steps: script.length, ...(await stage.compare()) };
  } catch (error) {
    report(
      `seed ${seed} failed with ${(error as Error).message}; STORM_TEST_SEED=${seed} plays it again:\n${stage.cast}\n${script.map(told).join('\n')}`,
    );
    throw error;
  } finally {
    await stage.clear();
  }
}

type Management = Extract<Step, { key: string; place: Place }>;

/** Users, channels and devices of one seed. */
class Stage {
  readonly #devices: Device[];
  readonly #underWay: Promise<void>[] = [];
  readonly #redis: Redis;

  private constructor(
    private readonly system: System,
    private readonly people: readonly Person[],
    private readonly places: Readonly<Record<Place, string>>,
  ) {
    this.#devices = deviceOwners.map((owner) => new Device(this.#person(owner)));
    this.#redis = new Redis(system.redisUrl);
  }

  static async set(seed: number, system: System): Promise<Stage> {
    const people = await registerMany(() => system.api(), userCount);
    const made = await Promise.all(rooms.map(async (place) => [place, await makeRoom(seed, place, people)] as const));
    const between = ([a = 0, b = 0]: readonly number[]) => dmIdOf(people[a]?.id ?? '', people[b]?.id ?? '');
    const places = { ...Object.fromEntries(made), dm: between(cast.dm), late: between(cast.late) } as Record<Place, string>;
    const stage = new Stage(system, people, places);
    await stage.#open(cast.dm[0] ?? 0, cast.dm[1] ?? 0, randomUUID());
    for (const [index, device] of stage.#devices.entries()) device.connect(system.gateway(index % 2));
    await eventually(() => stage.#devices.every(({ isReady }) => isReady), {
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
    for (const [index, device] of this.#devices.entries()) device.connect(this.system.gateway((index + 1) % 2));
    await Promise.all(this.#underWay);
    await eventually(() => this.#devices.every(({ settled }) => settled), {
      timeoutMs: 30_000,
      what: 'all devices to settle',
    }).catch((error: unknown) => {
      throw new Error(this.#devices.map(({ waitsFor }) => waitsFor).join('\n'), { cause: error });
    });
  }

  /** Holds each device to what its user, coming anew, is shown. */
  async compare(): Promise<Omit<Figures, 'steps'>> {
    expect(this.#devices.flatMap(({ replica }) => replica.violations).join('\n')).toBe('');
    await Promise.all(this.people.map((person, user) => this.#compare(person, user)));
    expect(this.#devices.flatMap(({ replica }) => replica.violations).join('\n')).toBe('');
    return this.#figures();
  }

  async clear(): Promise<void> {
    for (const device of this.#devices) device.cut();
    this.#redis.disconnect();
    await Promise.allSettled(this.#underWay);
  }

  async #compare(person: Person, user: number): Promise<void> {
    const devices = this.#devices.filter((_, index) => ownerOf(index) === user);
    const { socket, ready } = await Socket.connect(this.system.gateway(user % 2), person.accessToken);
    await socket.close();
    const heads = Object.fromEntries(ready.channels.map(({ channelId, seq }) => [channelId, seq]));
    const settled = () => {
      for (const { replica } of devices) expect(replica.seqs).toEqual(heads);
      return devices.every((device) => device.settled);
    };
    await eventually(settled, { timeoutMs: 60_000, what: 'devices to have everything' });
    await eventually(() => this.#readSettled(person, devices), { everyMs: 100 }).catch(() => undefined); // shown by what differs
    const views = await patiently(() => readViews(person.rest));
    for (const device of devices) expect(device.replica.views(), person.username).toEqual(views);
  }

  /** How far somebody has read is written within a second, and told after. */
  async #readSettled(person: Person, devices: readonly Device[]): Promise<boolean> {
    const channels = await patiently(() => readChannels(person.rest));
    return devices.every(({ replica }) =>
      channels.every(({ id, readPosition }) => replica.channel(id)?.readPosition === readPosition),
    );
  }

  #figures(): Omit<Figures, 'steps'> {
    const verdicts = new Map<string, number>();
    for (const device of this.#devices) {
      for (const [outcome, count] of device.verdicts) verdicts.set(outcome, (verdicts.get(outcome) ?? 0) + count);
    }
    const sum = (of: (device: Device) => number) => this.#devices.reduce((total, device) => total + of(device), 0);
    return {
      resumes: sum(({ resumes }) => resumes - 1),
      syncs: sum(({ replica }) => replica.counts.syncs),
      pages: sum(({ replica }) => replica.counts.pages),
      reloads: sum(({ replica }) => replica.counts.reloads),
      gaps: sum(({ replica }) => replica.counts.gaps),
      verdicts,
    };
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
    const { epoch } = this.#devices.find((device) => device.epoch !== undefined) ?? {};
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
    const found = this.#devices[device];
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
