import { randomUUID } from 'node:crypto';
import { redeemTicket, verifyAccessToken } from '@storm/shared/node';
import type { User } from '@storm/shared/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RefreshTokens } from '../src/auth/refresh-tokens.js';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

let rig: Rig;
let clock = Date.now();

beforeAll(async () => {
  rig = await Rig.start({ worker: false, overrides: { now: () => clock } });
});
afterAll(() => rig.stop());

interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
}
const login = (body: object) => rig.call('post', '/auth/login').send(body);
const refresh = (refreshToken: string) => rig.call('post', '/auth/refresh').send({ refreshToken });
const refreshed = async (token: string) => dataOf<Tokens>(await refresh(token).expect(200));
const sessionOf = (token: string): string => token.split('.')[0] ?? '';

describe('registering', () => {
  it('makes an account and signs in; what is shown never has the password or its hash', async () => {
    const username = `Reg_${randomUUID().slice(0, 8)}`;
    const body = { username, email: `${username}@Example.org`, password };
    const response = await rig.call('post', '/auth/register').send(body).expect(201);
    expect(dataOf(response)).toMatchObject({
      user: { username, email: body.email, role: 'member', isActive: true, lastSeenAt: null },
      expiresIn: 900,
    });
    expect(response.text).not.toMatch(/Correct-horse|argon2/);
    const stored = await rig.context.store.users.byLogin({ username });
    expect(stored?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  });

  it('refuses a username or address that somebody has, in any case of letters', async () => {
    const { user } = await rig.register();
    const body = { username: `x${randomUUID().slice(0, 8)}`, email: `${randomUUID()}@example.org`, password };
    const register = (part: object) => rig.call('post', '/auth/register').send({ ...body, ...part });
    const byName = await register({ username: user.username.toUpperCase() }).expect(409);
    expect(bodyOf(byName).error).toMatchObject({ code: 'CONFLICT', details: { field: 'username' } });
    const byEmail = await register({ email: user.email?.toUpperCase() }).expect(409);
    expect(bodyOf(byEmail).error.details).toEqual({ field: 'email' });
  });

  it.each(['short-1A', 'no-digits-Here', 'NO-LOWER-1', 'no-upper-1x', 'NoSymbol12', `A-1${'a'.repeat(70)}`])(
    'refuses the password %s, and does not repeat it',
    async (weak) => {
      const body = { username: 'abc', email: 'a@example.org', password: weak };
      const response = await rig.call('post', '/auth/register').send(body).expect(400);
      expect(bodyOf(response).error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'body.password' }] });
      expect(response.text).not.toContain(weak);
    },
  );
});

describe('signing in', () => {
  it('takes email address or username, in any case of letters', async () => {
    const { user } = await rig.register();
    const byName = dataOf<Account>(await login({ username: user.username.toUpperCase(), password }).expect(200));
    const byEmail = dataOf<Account>(await login({ email: user.email?.toUpperCase(), password }).expect(200));
    expect(byName.user).toEqual(user);
    expect(byEmail.user).toEqual(user);
    const claims = verifyAccessToken(byName.accessToken, rig.context.tokens);
    expect(claims).toMatchObject({ sub: user.id, role: 'member', sid: sessionOf(byName.refreshToken) });
  });

  it('says the same whatever is wrong', async () => {
    const [known, gone] = [await rig.register(), await rig.register()];
    await rig.context.store.users.changeAccess(gone.user.id, { isActive: false });
    const attempts = [
      { username: known.user.username, password: 'wrong' },
      { username: 'nobody_has_this', password },
      { email: 'nobody@example.org', password },
      { username: gone.user.username, password },
    ];
    const errors = await Promise.all(attempts.map(async (body) => bodyOf(await login(body).expect(401)).error));
    expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
    await login({ username: known.user.username, email: known.user.email, password }).expect(400);
    await login({ password }).expect(400);
  });

  it('knows a password that was typed on another keyboard', async () => {
    const username = `k${randomUUID().slice(0, 8)}`;
    const body = { username, email: `${username}@example.org`, password: 'Caf\u00e9-horse-12' };
    await rig.call('post', '/auth/register').send(body).expect(201);
    await login({ username, password: 'Cafe\u0301-horse-12' }).expect(200);
  });
});

describe('refreshing', () => {
  it('gives new tokens each time, for the same session', async () => {
    const account = await rig.register();
    const next = await refreshed(account.refreshToken);
    expect(next.refreshToken).not.toBe(account.refreshToken);
    expect(sessionOf(next.refreshToken)).toBe(sessionOf(account.refreshToken));
    await rig.call('get', '/users/me', next).expect(200);
    await refreshed(next.refreshToken);
  });

  it('gives twins of one moment the same successor', async () => {
    const { refreshToken } = await rig.register();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => refreshed(refreshToken)));
    expect(new Set(answers.map((tokens) => tokens.refreshToken)).size).toBe(1);
    clock += 9_000;
    expect((await refreshed(refreshToken)).refreshToken).toBe(answers[0]?.refreshToken);
    await refreshed(answers[0]?.refreshToken ?? '');
  });

  it('ends the session when a used token comes back later', async () => {
    const { refreshToken } = await rig.register();
    const next = await refreshed(refreshToken);
    clock += 11_000;
    expect(bodyOf(await refresh(refreshToken).expect(401)).error.code).toBe('UNAUTHORIZED');
    await refresh(next.refreshToken).expect(401);
  });

  it('ends the session when a token comes back that is two generations old, however soon', async () => {
    const { refreshToken } = await rig.register();
    const third = await refreshed((await refreshed(refreshToken)).refreshToken);
    await refresh(refreshToken).expect(401);
    await refresh(third.refreshToken).expect(401);
  });

  it('ends with the session, the account, and the time', async () => {
    const [left, gone, late] = [await rig.register(), await rig.register(), await rig.register()];
    await rig.call('post', '/auth/logout', left).expect(200);
    await refresh(left.refreshToken).expect(401);
    await rig.context.store.users.changeAccess(gone.user.id, { isActive: false });
    await refresh(gone.refreshToken).expect(401);
    clock += 7 * 24 * 60 * 60 * 1_000;
    await refresh(late.refreshToken).expect(401);
  });

  it('refuses whatever we did not make, without asking the database', async () => {
    const { refreshToken } = await rig.register();
    const [sid, generation, secret, kid, mac] = refreshToken.split('.') as [string, string, string, string, string];
    const forged = [
      'x',
      [sid, generation, secret, kid].join('.'),
      [sid, '2', secret, kid, mac].join('.'),
      [sid, '0', secret, kid, mac].join('.'),
      [sid, generation, secret.replace(/^./, (a) => (a === 'A' ? 'B' : 'A')), kid, mac].join('.'),
      [sid, generation, secret, 'r2', mac].join('.'),
      [sid, generation, secret, kid, mac.slice(1)].join('.'),
      [sid, generation, secret, kid, `${mac}=`].join('.'),
      `${refreshToken}.x`,
    ];
    for (const token of forged) await refresh(token).expect(401);
    await refreshed(refreshToken); // and none of them harmed the session
  });

  it('stores no token, and nothing that makes one', async () => {
    const { refreshToken } = await rig.register();
    const { secret } = new RefreshTokens(rig.context.config.REFRESH_KEYS).decode(refreshToken);
    const stored = await rig.context.store.sessions.byId(sessionOf(refreshToken));
    expect(stored?.tokenHash).toHaveLength(43);
    expect(JSON.stringify(stored)).not.toContain(secret);
  });
});

describe('sessions', () => {
  it('lists where one is signed in, and ends one of them', async () => {
    const here = await rig.register();
    const there = dataOf<Account>(
      await rig
        .call('post', '/auth/login')
        .set('user-agent', 'phone')
        .send({ username: here.user.username, password })
        .expect(200),
    );
    const list = async () =>
      dataOf<{ id: string; device: string; current: boolean }[]>(await rig.call('get', '/auth/sessions', here).expect(200));
    const phone = (await list()).find(({ device }) => device === 'phone');
    expect(phone).toMatchObject({ id: sessionOf(there.refreshToken), current: false });
    expect((await list()).filter(({ current }) => current)).toHaveLength(1);

    const stranger = await rig.register();
    await rig.call('delete', `/auth/sessions/${phone?.id}`, stranger).expect(404);
    await rig.call('delete', `/auth/sessions/s${'A'.repeat(22)}`, here).expect(404);
    await rig.call('delete', `/auth/sessions/${phone?.id}`, here).expect(200);
    await refresh(there.refreshToken).expect(401);
    expect(await list()).toHaveLength(1);
  });

  it('ends all of them at once', async () => {
    const here = await rig.register();
    const there = dataOf<Account>(await login({ username: here.user.username, password }).expect(200));
    await rig.call('post', '/auth/logout-all', here).expect(200);
    await refresh(here.refreshToken).expect(401);
    await refresh(there.refreshToken).expect(401);
  });
});

describe('who one is', () => {
  it('needs a token of ours that is in time', async () => {
    const account = await rig.register();
    await rig.call('get', '/auth/profile').expect(401).expect('www-authenticate', 'Bearer');
    for (const header of ['Bearer', 'Bearer x.y.z', `Basic ${account.accessToken}`, `Bearer ${account.refreshToken}`])
      await rig.call('get', '/auth/profile').set('authorization', header).expect(401);
    expect(dataOf<User>(await rig.call('get', '/auth/profile', account).expect(200))).toEqual(account.user);
    clock += 16 * 60 * 1_000;
    await rig.call('get', '/auth/profile', account).expect(401);
  });

  it('ends with the account', async () => {
    const account = await rig.register();
    await rig.context.store.users.changeAccess(account.user.id, { isActive: false });
    await rig.call('get', '/users/me', account).expect(401);
  });

  it('becomes a ticket for one WebSocket', async () => {
    const account = await rig.register();
    const { ticket, expiresIn } = dataOf<{ ticket: string; expiresIn: number }>(
      await rig.call('post', '/auth/ws-ticket', account).expect(201),
    );
    expect(expiresIn).toBe(30);
    const { redis, names } = rig.context;
    expect(await redeemTicket(ticket, { redis, names, intakeSecrets: rig.context.config.INTAKE_SECRETS })).toMatchObject({
      sub: account.user.id,
    });
    await expect(redeemTicket(ticket, { redis, names, intakeSecrets: rig.context.config.INTAKE_SECRETS })).rejects.toThrow();
  });
});
