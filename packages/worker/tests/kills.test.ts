import { randomUUID } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Change } from '@storm/shared/contracts';
import type { Queued } from '@storm/shared/node';
import type { Verdict } from '@storm/shared/protocol';
import { eventually, scaled, startProxy, testMongoUrl, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { createRig, type Rig } from './support/rig.js';

/** Where a worker is killed: on seeing this go by between it and its databases. */
const points = {
  'the reply to an insert of rows': { link: 'mongo', asks: /insert\0.{4}timeline\0/s, onReply: true },
  'an update of targets': { link: 'mongo', asks: /update\0.{4}(timeline|memberships|channels)\0/s, onReply: false },
  'an append to a recent log': { link: 'redis', asks: /:log:/, onReply: false },
  'the completion of a job': { link: 'redis', asks: /changes:completed/, onReply: false },
} satisfies Record<string, Point>;

interface Point {
  link: 'redis' | 'mongo';
  /** What goes up on that link. */
  asks: RegExp;
  /** Kill at the reply, not at the request. */
  onReply: boolean;
}

/** Kills every time that this change is about to be stored: a change that no worker survives. */
const poison = (changeId: string): Point => ({
  link: 'mongo',
  asks: new RegExp(`insert\\0.{4}timeline\\0.*${changeId}`, 's'),
  onReply: false,
});

/** What waits for the n-th of a kind, at whichever worker it happens: the one that holds the queue keeps it while it is full. */
class Trap {
  #armed: { point: Point; left: number; sprung: (victim: Victim) => void } | undefined;

  /** Resolves with the worker that was killed. */
  arm(point: Point, n: number): Promise<Victim> {
    return new Promise((sprung) => (this.#armed = { point, left: n, sprung }));
  }

  disarm(): void {
    this.#armed = undefined;
  }

  /** Does what goes by spring the trap? `asked` remembers connections whose reply is waited for. */
  sees(
    victim: Victim,
    seen: { link: string; direction: 'up' | 'down'; chunk: Buffer; asked: Set<string>; connection: string },
  ): boolean {
    const armed = this.#armed;
    if (armed?.point.link !== seen.link) return false;
    const { point } = armed;
    const asks = seen.direction === 'up' && point.asks.test(seen.chunk.toString('latin1'));
    if (asks && point.onReply) seen.asked.add(seen.connection);
    const hit = point.onReply ? seen.direction === 'down' && seen.asked.delete(seen.connection) : asks;
    if (!hit || --armed.left > 0) return false;
    this.#armed = undefined;
    armed.sprung(victim);
    return true;
  }
}

/** A worker process whose every byte to MongoDB and Redis goes by here. */
class Victim {
  #child: ChildProcess | undefined;
  readonly #proxies: TcpProxy[] = [];
  #asked = new Set<string>();

  static async start(rig: Rig, trap: Trap): Promise<Victim> {
    const victim = new Victim();
    for (const [link, url] of [
      ['redis', testRedisUrl()],
      ['mongo', testMongoUrl()],
    ] as const) {
      const proxy = await startProxy({
        target: { host: new URL(url).hostname, port: Number(new URL(url).port) },
        onData: (direction, chunk, number) => {
          if (!trap.sees(victim, { link, direction, chunk, asked: victim.#asked, connection: `${link} ${number}` })) return;
          victim.signal('SIGKILL');
          throw new Error('killed here'); // what was seen goes no further
        },
      });
      victim.#proxies.push(proxy);
    }
    victim.spawn(rig);
    return victim;
  }

  spawn(rig: Rig): void {
    const [redis, mongo] = this.#proxies;
    this.#asked = new Set();
    this.#child = rig.spawnWorker({
      REDIS_URL: `redis://127.0.0.1:${redis?.port}`,
      MONGO_URL: `mongodb://127.0.0.1:${mongo?.port}/`,
    });
  }

  async dead(): Promise<void> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async stop(): Promise<void> {
    this.signal('SIGKILL');
    await this.dead();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
  }
}

let rig: Rig;
const trap = new Trap();
let victims: Victim[];
beforeAll(async () => {
  rig = await createRig({ shards: 2 });
  victims = await Promise.all([Victim.start(rig, trap), Victim.start(rig, trap)]);
  await eventually(() => rig.vitals.reading?.workerAlive && rig.vitals.reading.epoch, { timeoutMs: 20_000 });
}, 60_000);
afterAll(async () => {
  await Promise.all(victims.map((victim) => victim.stop()));
  await rig.stop();
});

/** Queues a change; a refusal says nothing, so the same is sent again until it is in the queue. */
async function queue(change: Change): Promise<Queued> {
  for (;;) {
    try {
      return await rig.intake.submit(change);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Keeps sending and deleting until told to stop; remembers what every acknowledged change became. */
function load(channelId: string, senderId: string) {
  const sent: { text: string; changeId: string; verdict: Promise<Verdict> }[] = [];
  let running = true;
  const loop = async () => {
    for (let n = 0; running; n++) {
      const text = `${senderId} ${n}`;
      const changeId = randomUUID();
      const change = rig.change(
        channelId,
        senderId,
        { kind: 'message', text, threadId: null, clientTs: n },
        { changeId, wantsState: false },
      );
      const { id, verdict } = await queue(change);
      sent.push({ text, changeId, verdict });
      if (n % 5 === 4) await queue(rig.change(channelId, senderId, { kind: 'delete', id }, { wantsState: false }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const done = loop();
  return { sent, stop: () => ((running = false), done) };
}

/** Each acknowledged change has one row; seq and position are dense; deleted texts are gone, others are readable. */
async function checkLaws(channelId: string, owner: string, sent: { text: string; verdict: Verdict }[]): Promise<void> {
  for (const { verdict } of sent) expect(['persisted', 'duplicate'], JSON.stringify(verdict)).toContain(verdict.status);
  const texts: (string | null)[] = [];
  for (let after = 0; ;) {
    const { messages, hasMore } = await rig.asker.ask({ kind: 'page', userId: owner, channelId, after, limit: 100 });
    for (const message of messages) {
      expect(message.position).toBe(texts.length + 1);
      expect(message.text === null).toBe(message.deletedAt !== null);
      texts.push(message.text);
    }
    after = texts.length;
    if (!hasMore) break;
  }
  expect(texts.length).toBe(sent.length);
  for (const { text, verdict } of sent) expect([text, null]).toContain(texts[(verdict.position ?? 0) - 1]);
  const rows = [];
  for (let at = 0; ; at = rows.length) {
    const some = await rig.store.timeline.rowsAbove(channelId, at, 500);
    rows.push(...some);
    if (some.length === 0) break;
  }
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
  const deletions = rows.filter(({ kind }) => kind === 'delete').length;
  expect(texts.filter((text) => text === null).length).toBe(deletions);
}

for (const [name, point] of Object.entries(points)) {
  it(`loses and doubles nothing when a worker is killed at ${name}`, { timeout: 600_000 }, async () => {
    const owner = await rig.user();
    const channels = await Promise.all(Array.from({ length: 4 }, () => rig.channel(owner)));
    const loads = channels.map((channelId) => load(channelId, owner));
    const kills = scaled(20, 2);
    for (let kill = 0; kill < kills; kill++) {
      const victim = await trap.arm(point, 1 + (kill % 7));
      await victim.dead();
      victim.spawn(rig);
    }
    const killedAt = Date.now();
    await Promise.all(loads.map((each) => each.stop()));
    const last = await rig.say(channels[0] ?? '', owner, 'after the last death');
    expect(last.status).toBe('persisted');
    const settled = await Promise.all(
      loads.map(({ sent }) => Promise.all(sent.map(async (one) => ({ ...one, verdict: await one.verdict })))),
    );
    process.stdout.write(
      `kills at ${name}: ${kills}, back after ${Date.now() - killedAt} ms, ${settled.flat().length} messages\n`,
    );
    settled[0]?.push({ text: 'after the last death', changeId: last.changeId, verdict: last });
    for (const [i, channelId] of channels.entries()) await checkLaws(channelId, owner, settled[i] ?? []);
  });
}

it('loses and doubles nothing when a worker sleeps past its lock and wakes again', { timeout: 600_000 }, async () => {
  const owner = await rig.user();
  const channels = await Promise.all(Array.from({ length: 4 }, () => rig.channel(owner)));
  const loads = channels.map((channelId) => load(channelId, owner));
  for (let nap = 0; nap < scaled(20, 2); nap++) {
    const before = loads.reduce((sum, { sent }) => sum + sent.length, 0);
    await eventually(() => loads.reduce((sum, { sent }) => sum + sent.length, 0) > before + 200, { timeoutMs: 30_000 });
    const sleeper = victims[nap % 2];
    sleeper?.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 2 * rig.config.JOB_LOCK_MS)); // the nap is what is tested
    sleeper?.signal('SIGCONT');
  }
  await Promise.all(loads.map((each) => each.stop()));
  const settled = await Promise.all(
    loads.map(({ sent }) => Promise.all(sent.map(async (one) => ({ ...one, verdict: await one.verdict })))),
  );
  for (const [i, channelId] of channels.entries()) await checkLaws(channelId, owner, settled[i] ?? []);
});

it('finds the change that kills every worker, and delivers its neighbours', { timeout: 600_000 }, async () => {
  const owner = await rig.user();
  const channelId = await rig.channel(owner);
  const deadly = rig.change(
    channelId,
    owner,
    { kind: 'message', text: 'deadly', threadId: null, clientTs: 1 },
    { wantsState: false },
  );
  let deaths = 0;
  const respawn = async (): Promise<void> => {
    const victim = await trap.arm(poison(deadly.changeId), 1);
    deaths++;
    await victim.dead();
    victim.spawn(rig);
    return respawn();
  };
  void respawn();
  const neighbours = (n: number) =>
    rig.change(channelId, owner, { kind: 'message', text: `neighbour ${n}`, threadId: null, clientTs: n }, { wantsState: false });
  // Submitted in one turn of the event loop, they travel in one job.
  const changes = [neighbours(1), neighbours(2), deadly, neighbours(3), neighbours(4)];
  const verdicts = await Promise.all(changes.map((change) => rig.submit(change)));
  trap.disarm();
  expect(deaths).toBe(5); // twice with its job, three times alone
  expect(verdicts.map(({ status }) => status)).toEqual(['persisted', 'persisted', 'failed', 'persisted', 'persisted']);
  expect(verdicts[2]).toMatchObject({ code: 'INTERNAL_ERROR', message: expect.stringContaining('died') as string });
  const letters = await rig.store.deadLetters.ofChange(channelId, owner, deadly.changeId);
  expect(letters).toMatchObject([{ reason: '3 workers died with it' }]);
  expect(await rig.say(channelId, owner, 'life goes on')).toMatchObject({ status: 'persisted', position: 5 });
});
