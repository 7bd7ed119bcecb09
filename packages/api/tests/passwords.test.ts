import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import request, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Passwords } from '../src/auth/passwords.js';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ worker: false, env: { ARGON2_MEMORY_KIB: '128', ARGON2_PARALLEL: '2', TRUST_PROXY: '1' } });
});
afterAll(() => rig.stop());

const another = 'Battery-staple-2';
const login = (body: object, address = '192.0.2.1') => rig.call('post', '/auth/login').set('x-forwarded-for', address).send(body);
const change = (account: Account, body: object) => rig.call('put', '/users/me/password', account).send(body);
const signIn = async ({ user }: Account, secret = password) =>
  dataOf<Account>(await login({ username: user.username, password: secret }).expect(200));
const hashOf = async ({ user }: Account) => (await rig.context.store.users.byId(user.id))?.passwordHash;

/** The value of a metric. */
async function metric(name: string): Promise<number> {
  const { text } = await request(rig.url).get('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name}{`));
  if (line === undefined) throw new Error(`there is no ${name}`);
  return Number(line.split(' ').at(-1));
}
const hashes = () => metric('storm_password_hashes_total');
/** How many passwords were hashed meanwhile. */
async function hashesOf(work: () => Promise<unknown>): Promise<number> {
  const before = await hashes();
  await work();
  return (await hashes()) - before;
}

describe('changing a password', () => {
  it('takes the new one from then on, ends the other sessions, and keeps the one that asks', async () => {
    const here = await rig.account();
    const there = await signIn(here);
    await change(here, { currentPassword: password, newPassword: another }).expect(200);
    await rig.call('get', '/users/me', here).expect(200);
    await rig.call('post', '/auth/refresh').send({ refreshToken: here.refreshToken }).expect(200);
    await rig.call('get', '/users/me', there).expect(401);
    await rig.call('post', '/auth/refresh').send({ refreshToken: there.refreshToken }).expect(401);
    await login({ username: here.user.username, password }).expect(401);
    await signIn(here, another);
  });

  it.each([
    ['a wrong current one', { currentPassword: 'Not-my-pass-1', newPassword: another }, 422, 'REFUSED'],
    ['the same again', { currentPassword: password, newPassword: password }, 400, 'VALIDATION_ERROR'],
    ['one without a symbol', { currentPassword: password, newPassword: 'Batterystaple2' }, 400, 'VALIDATION_ERROR'],
    ['a common one', { currentPassword: password, newPassword: 'Password123!' }, 400, 'VALIDATION_ERROR'],
    ['one that is too long', { currentPassword: password, newPassword: `A-1${'a'.repeat(70)}` }, 400, 'VALIDATION_ERROR'],
    ['a current one that is too long', { currentPassword: 'x'.repeat(73), newPassword: another }, 400, 'VALIDATION_ERROR'],
  ])('refuses %s, and nothing has changed', async (_, body, status, code) => {
    const account = await rig.account();
    const other = await signIn(account);
    const before = await hashOf(account);
    const response = await change(account, body).expect(status);
    expect(bodyOf(response).error.code).toBe(code);
    for (const secret of Object.values(body)) expect(response.text).not.toContain(secret);
    expect(await hashOf(account)).toBe(before);
    await rig.call('get', '/users/me', other).expect(200);
  });

  it('refuses what has the name or address of its owner in it', async () => {
    const account = await rig.account();
    const newPassword = `${account.user.username}-A1`;
    const { error } = bodyOf(await change(account, { currentPassword: password, newPassword }).expect(400));
    expect(error.details).toMatchObject([{ path: 'body.newPassword', message: /your name or address/ }]);
  });

  it('is done by one of two at once', async () => {
    const account = await rig.account();
    const wanted = [another, 'Paper-lantern-3'];
    const answers = await Promise.all(
      wanted.map((newPassword) => change(account, { currentPassword: password, newPassword }).then(({ status }) => status)),
    );
    expect(answers.toSorted()).toEqual([200, 422]);
    await signIn(account, wanted[answers.indexOf(200)]);
  });

  it('lets no sign-in of the same moment with the old one keep a session', async () => {
    const account = await rig.account();
    const signIns = Array.from({ length: 6 }, () => login({ username: account.user.username, password }));
    const [changed, ...others] = await Promise.all([
      change(account, { currentPassword: password, newPassword: another }),
      ...signIns,
    ]);
    expect(changed.status).toBe(200);
    for (const response of others.filter(({ status }) => status === 200))
      await rig.call('get', '/users/me', dataOf<Account>(response)).expect(401);
  });

  it('slows down who guesses the current one with a stolen access token', async () => {
    const account = await rig.account();
    const guess = () => change(account, { currentPassword: 'Not-my-pass-1', newPassword: another });
    for (let i = 0; i < 5; i++) await guess().expect(422);
    expect(Number((await guess().expect(429)).headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });
});

describe('signing in', () => {
  it('hashes once for whoever is named, and says the same of all', async () => {
    const [known, gone] = await Promise.all([rig.account(), rig.account()]);
    await rig.context.revoker.changeAccess(gone.user.id, { isActive: false });
    const attempts = [
      { username: known.user.username, password: 'Not-my-pass-1' },
      { email: known.user.email, password: 'Not-my-pass-1' },
      { username: 'nobody_has_this', password: 'Not-my-pass-1' },
      { email: 'nobody@example.org', password },
      { username: gone.user.username, password },
      { username: gone.user.username, password: 'Not-my-pass-1' },
    ];
    const seen = new Set<string>();
    for (const body of attempts) {
      let response: Response | undefined;
      expect(await hashesOf(async () => void (response = await login(body)))).toBe(1);
      const names = Object.keys(response?.headers ?? {}).toSorted();
      seen.add(JSON.stringify([response?.status, bodyOf(response as Response).error, names]));
    }
    expect([...seen]).toHaveLength(1);
    expect([...seen][0]).toContain('[401,{"code":"UNAUTHORIZED"');
  });

  it('makes a hash of another cost anew, once', async () => {
    const account = await rig.account();
    const cheap = new Passwords({ memoryKiB: 64, passes: 1, parallel: 1 });
    await rig.context.store.users.update(account.user.id, { passwordHash: await cheap.hash(password) });
    expect(await hashOf(account)).toContain('m=64,');
    await login({ username: account.user.username, password: 'Not-my-pass-1' }).expect(401);
    expect(await hashOf(account)).toContain('m=64,');
    expect(await hashesOf(() => signIn(account))).toBe(2);
    const renewed = await hashOf(account);
    expect(renewed).toContain('m=128,t=1,p=1');
    expect(await hashesOf(() => signIn(account))).toBe(1);
    expect(await hashOf(account)).toBe(renewed);
    await rig.call('get', '/users/me', account).expect(200); // it is the same password: nobody is signed out
  });
});

describe('a password too long to be one', () => {
  const bodies = (secret: string): [string, () => PromiseLike<Response>][] => [
    ['signing in', () => login({ username: 'nobody_has_this', password: secret })],
    ['registering', () => rig.call('post', '/auth/register').send({ username: 'abc', email: 'a@example.org', password: secret })],
    ['changing it', async () => change(await rig.account(), { currentPassword: secret, newPassword: another })],
    ['changing to it', async () => change(await rig.account(), { currentPassword: password, newPassword: secret })],
  ];

  it.each([
    ['73 characters', 73, 400],
    ['60,000 characters', 60_000, 400],
    ['1 MB', 1024 * 1024, 413],
  ])('of %s is refused before any hashing', async (_, length, status) => {
    await rig.account(); // the hash that accounts share is made
    for (const [what, call] of bodies(`Aa-1${'x'.repeat(length - 4)}`)) {
      const count = await hashesOf(async () => expect((await call()).status, what).toBe(status));
      expect(count, what).toBe(0);
    }
  });
});

describe('a flood of sign-ins', () => {
  it('from many addresses never hashes more at once than is set, and takes no more memory than that, whatever waits', async () => {
    const MiB = 1024 * 1024;
    const env = { ARGON2_MEMORY_KIB: String(64 * 1024), ARGON2_PARALLEL: '2', TRUST_PROXY: '1' };
    const costly = await Rig.start({ worker: false, env });
    try {
      const { passwords } = costly.context;
      const account = await costly.account();
      const [before, most] = [process.memoryUsage.rss(), { running: 0, waiting: 0, bytes: 0 }];
      let over = false;
      const watch = (async () => {
        for (; !over; await turn()) {
          const { running, waiting } = passwords.depth;
          most.running = Math.max(most.running, running);
          most.waiting = Math.max(most.waiting, waiting);
          most.bytes = Math.max(most.bytes, process.memoryUsage.rss() - before);
        }
      })();
      const flood = Array.from({ length: 100 }, (_, i) =>
        costly
          .call('post', '/auth/login')
          .set('x-forwarded-for', `198.51.100.${i}`)
          .send({ username: `nobody_${i}`, password: 'Not-my-pass-1' }),
      );
      const answers = await Promise.all(flood);
      over = true;
      await watch;

      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 503]));
      for (const { status, headers } of answers)
        if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(most.running).toBe(2);
      expect(most.waiting).toBe(32);
      expect(most.bytes).toBeGreaterThan(64 * MiB); // or it was not looked at
      expect(most.bytes).toBeLessThan((2 * 64 + 96) * MiB); // Node.js itself would run four at once
      const { text } = await request(costly.url).get('/metrics');
      for (const state of ['running', 'waiting'])
        expect(text).toContain(`storm_password_hashes_under_way{state="${state}",service="api"} 0`);
      await costly.call('post', '/auth/login').send({ username: account.user.username, password }).expect(200);
    } finally {
      await costly.stop();
    }
  });

  it('at one account, from one address and from many, leaves its owner the way in from elsewhere', async () => {
    const owner = await rig.account();
    const body = { username: owner.user.username, password: 'Not-my-pass-1' };
    await login({ username: owner.user.username, password }, '203.0.113.200').expect(200); // where the owner is at home
    for (let i = 0; i < 5; i++) await login(body, '203.0.113.1').expect(401);
    await login(body, '203.0.113.1').expect(429);
    await login({ ...body, password }, '203.0.113.1').expect(429); // the right one is not looked at
    await login({ ...body, password }, '203.0.113.2').expect(200);

    const { loginSlowDown } = rig.context;
    await Promise.allSettled(Array.from({ length: 120 }, (_, i) => loginSlowDown.attempt(body.username, `198.51.100.${i}`)));
    await login({ ...body, password }, '203.0.113.3').expect(429); // a stranger waits its turn
    await login({ ...body, password }, '203.0.113.200').expect(200);
    await login({ ...body, password: randomUUID() }, '203.0.113.200').expect(401);
  });
});
