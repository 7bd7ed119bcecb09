import { randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditAction } from '../src/audit/audit-event.js';
import type { AuditLog } from '../src/audit/audit-log.js';
import { verifyChain } from '../src/audit/verify-chain.js';
import { codeAt } from '../src/auth/second-factor/totp.js';
import { createContext, readConfig } from '../src/index.js';
import { changeAccess } from '../src/users/change-access.js';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

let rig: Rig;
let root: Account;
let clock = Date.now();

beforeAll(async () => {
  rig = await Rig.start({ overrides: { now: () => clock } });
  root = await rig.account('admin');
});
afterAll(() => rig.stop());

interface Entry {
  n: number;
  at: string;
  actor: string | null;
  action: string;
  target: string | null;
  address: string | null;
  details: Record<string, string | number> | null;
  hmac: string;
}
type Wanted = Pick<Entry, 'actor' | 'action'> & Partial<Entry>;

const list = async (query = 'limit=100') => dataOf<Entry[]>(await rig.call('get', `/admin/audit?${query}`, root).expect(200));
const sessionOf = ({ refreshToken }: Pick<Account, 'refreshToken'>): string => refreshToken.split('.')[0] ?? '';
const login = (username: string, given = password) => rig.call('post', '/auth/login').send({ username, password: given });
const refresh = (refreshToken: string) => rig.call('post', '/auth/refresh').send({ refreshToken });
const asRoot = (method: 'post' | 'patch' | 'delete', path: string, body?: object) => rig.call(method, path, root).send(body);

async function beginSecondFactor(account: Account): Promise<string> {
  const { secret } = dataOf<{ secret: string }>(await rig.call('post', '/auth/second-factor', account).expect(201));
  return codeAt(Buffer.from(Secret.fromBase32(secret).bytes), clock);
}
const confirm = (account: Account, code: string) => rig.call('post', '/auth/second-factor/confirm', account).send({ code });

const channelId = `c${'A'.repeat(22)}`;
async function aDeadLetter(): Promise<string> {
  const digest = randomBytes(32).toString('base64url');
  await rig.context.store.deadLetters.insert({
    ...{ digest, kid: null, pskId: null, enc: null, entry: '{}', channelId, senderId: null, changeId: null },
    ...{ intakeId: null, replyTo: null, reason: 'r', attempts: 1, failedAt: new Date() },
  });
  return digest;
}

interface NewKey {
  id: string;
  key: string;
}
const newKey = async (body: object = {}): Promise<NewKey> =>
  dataOf(await asRoot('post', '/admin/service-keys', { name: 'k', scopes: ['users:read'], ...body }).expect(201));
const useKey = (accessToken: string) => rig.call('get', '/users/search?q=a', { accessToken });

/** What is done, by the action that it leaves; who did it to what. */
const deeds: Record<string, () => Promise<Wanted>> = {
  async registered() {
    const { user } = await rig.register();
    return { action: 'registered', actor: user.id, target: user.id };
  },
  async login() {
    const { user } = await rig.account();
    const session = dataOf<Account>(await login(user.username).expect(200));
    return { action: 'login', actor: user.id, target: sessionOf(session) };
  },
  async 'login-failed: a wrong password'() {
    const { user } = await rig.account();
    await login(user.username, 'Wrong-horse-1').expect(401);
    return { action: 'login-failed', actor: user.id, details: null };
  },
  async 'login-failed: nobody has the name'() {
    await login('nobody_has_this').expect(401);
    return { action: 'login-failed', actor: null, details: null };
  },
  async 'login-failed: deactivated'() {
    const { user } = await rig.account();
    await rig.context.store.users.changeAccess(user.id, { isActive: false });
    await login(user.username).expect(401);
    return { action: 'login-failed', actor: user.id, details: { reason: 'deactivated' } };
  },
  async 'login-failed: slowed down'() {
    const { user } = await rig.account();
    for (let i = 0; i < 5; i++) await login(user.username, 'Wrong-horse-1').expect(401);
    await login(user.username).expect(429);
    return { action: 'login-failed', actor: null, details: { reason: 'slowed-down' } };
  },
  async 'login-failed: a wrong password at its change'() {
    const account = await rig.account();
    const body = { currentPassword: 'Wrong-horse-1', newPassword: 'Battery-staple-2' };
    await rig.call('put', '/users/me/password', account).send(body).expect(422);
    return { action: 'login-failed', actor: account.user.id, details: { reason: 'password-change' } };
  },
  async 'refresh-reuse'() {
    const account = await rig.account();
    await refresh(account.refreshToken).expect(200);
    clock += 11_000;
    await refresh(account.refreshToken).expect(401);
    return { action: 'refresh-reuse', actor: account.user.id, target: sessionOf(account) };
  },
  async logout() {
    const account = await rig.account();
    await rig.call('post', '/auth/logout', account).expect(200);
    return { action: 'logout', actor: account.user.id, target: sessionOf(account) };
  },
  async 'session-revoked'() {
    const account = await rig.account();
    const other = dataOf<Account>(await login(account.user.username).expect(200));
    await rig.call('delete', `/auth/sessions/${sessionOf(other)}`, account).expect(200);
    return { action: 'session-revoked', actor: account.user.id, target: sessionOf(other) };
  },
  async 'sessions-revoked-all: one’s own'() {
    const account = await rig.account();
    await rig.call('post', '/auth/logout-all', account).expect(200);
    return { action: 'sessions-revoked-all', actor: account.user.id, target: account.user.id };
  },
  async 'sessions-revoked-all: by an admin'() {
    const { user } = await rig.account();
    await asRoot('delete', `/users/${user.id}/sessions`).expect(200);
    return { action: 'sessions-revoked-all', actor: root.user.id, target: user.id };
  },
  async 'password-changed'() {
    const account = await rig.account();
    const body = { currentPassword: password, newPassword: 'Battery-staple-2' };
    await rig.call('put', '/users/me/password', account).send(body).expect(200);
    return { action: 'password-changed', actor: account.user.id, target: account.user.id };
  },
  async 'role-changed'() {
    const { user } = await rig.account();
    await asRoot('patch', `/users/${user.id}`, { role: 'moderator' }).expect(200);
    return { action: 'role-changed', actor: root.user.id, target: user.id, details: { role: 'moderator' } };
  },
  async 'user-deactivated'() {
    const { user } = await rig.account();
    await asRoot('delete', `/users/${user.id}`).expect(200);
    return { action: 'user-deactivated', actor: root.user.id, target: user.id };
  },
  async 'user-reactivated'() {
    const { user } = await rig.account();
    await rig.context.store.users.changeAccess(user.id, { isActive: false });
    await asRoot('patch', `/users/${user.id}`, { isActive: true }).expect(200);
    return { action: 'user-reactivated', actor: root.user.id, target: user.id };
  },
  async 'second-factor-enrolled'() {
    const account = await rig.account();
    await confirm(account, await beginSecondFactor(account)).expect(200);
    return { action: 'second-factor-enrolled', actor: account.user.id, target: account.user.id };
  },
  async 'second-factor-failed'() {
    const account = await rig.account();
    const code = await beginSecondFactor(account);
    await confirm(account, code === '000000' ? '000001' : '000000').expect(403);
    return { action: 'second-factor-failed', actor: account.user.id, target: account.user.id };
  },
  async 'second-factor-removed'() {
    const account = await rig.account();
    await confirm(account, await beginSecondFactor(account)).expect(200);
    await asRoot('delete', `/users/${account.user.id}/second-factor`).expect(200);
    return { action: 'second-factor-removed', actor: root.user.id, target: account.user.id };
  },
  async 'notifications-sent'() {
    const { user } = await rig.account();
    const to = { userIds: [user.id] };
    await asRoot('post', '/notifications', { key: 'audit', type: 'news', data: {}, ...to }).expect(200);
    return { action: 'notifications-sent', actor: root.user.id, target: user.id, details: { sent: 'news', users: 1 } };
  },
  async 'notifications-sent: to a role'() {
    await asRoot('post', '/notifications', { key: 'audit', type: 'news', data: {}, role: 'moderator' }).expect(200);
    return { action: 'notifications-sent', actor: root.user.id, target: null, details: { sent: 'news', role: 'moderator' } };
  },
  async erased() {
    const { id } = await rig.channel(root);
    await asRoot('post', `/admin/channels/${id}/erase`).expect(200);
    return { action: 'erased', actor: root.user.id, target: id };
  },
  async 'dead-letter-dropped'() {
    const digest = await aDeadLetter();
    await asRoot('delete', `/admin/dead-letters/${digest}`).expect(200);
    return { action: 'dead-letter-dropped', actor: root.user.id, target: digest, details: { channelId } };
  },
  async 'dead-letter-replayed'() {
    const digest = await aDeadLetter();
    await asRoot('post', `/admin/dead-letters/${digest}/replay`).expect(422);
    return { action: 'dead-letter-replayed', actor: root.user.id, target: digest, details: { channelId } };
  },
  async 'service-key-created'() {
    const { id } = await newKey({ scopes: ['users:read', 'admin:read'] });
    const details = { scopes: 'users:read admin:read' };
    return { action: 'service-key-created', actor: root.user.id, target: id, details };
  },
  async 'service-key-used'() {
    const { id, key } = await newKey();
    for (let i = 0; i < 3; i++) await useKey(key).expect(200);
    return { action: 'service-key-used', actor: id, target: null };
  },
  async 'service-key-failed'() {
    const { id, key } = await newKey();
    await useKey(`${key.slice(0, -2)}xx`).expect(401);
    return { action: 'service-key-failed', actor: null, target: id, details: { reason: 'wrong-secret' } };
  },
  async 'service-key-revoked'() {
    const { id } = await newKey();
    await asRoot('delete', `/admin/service-keys/${id}`).expect(200);
    return { action: 'service-key-revoked', actor: root.user.id, target: id };
  },
};

describe('the log has an entry of', () => {
  it.each(Object.keys(deeds))('%s', async (deed) => {
    const wanted = await deeds[deed]?.();
    if (!wanted) throw new Error('nothing was done');
    await expect
      .poll(async () => (await list(`action=${wanted.action}`)).filter((one) => one.target === (wanted.target ?? one.target)))
      .toContainEqual(expect.objectContaining({ ...wanted, address: '127.0.0.1' }));
  });

  it('all that it can tell of', () => {
    const shown = new Set(Object.keys(deeds).map((deed) => deed.split(':')[0]));
    shown.add('admin-created'); // by who has the machine: first-admin.test.ts
    expect([...shown].sort()).toEqual([...AuditAction.options].sort());
  });
});

it('never has a password, a token or a key, and is as it was written', async () => {
  const { store, config } = rig.context;
  const entries = await store.audit.range(0, 1_000);
  expect(entries.length).toBeGreaterThan(30);
  expect(JSON.stringify(entries)).not.toMatch(/horse|staple|storm_k|eyJhbGci/);
  expect(await verifyChain({ audit: store.audit, ring: config.AUDIT_KEYS })).toMatchObject({ intact: true });
});

it('has an entry of what was stored, though Redis could not be told of it', async () => {
  const lost = createContext(readConfig({ ...rig.env, REDIS_URL: 'redis://127.0.0.1:1' }), { now: () => clock });
  await lost.store.connected();
  const account = await rig.account();
  await refresh(account.refreshToken).expect(200);
  clock += 11_000;
  const { id } = account.user;
  const away = { code: 'UNAVAILABLE' };
  await expect(lost.sessions.refresh(account.refreshToken, { address: null })).rejects.toMatchObject(away);
  await expect(changeAccess(id, { role: 'moderator' }, { actor: root.user.id }, lost)).rejects.toMatchObject(away);
  expect((await list('action=refresh-reuse'))[0]).toMatchObject({ actor: id });
  expect((await list('action=role-changed'))[0]).toMatchObject({ actor: root.user.id, target: id });
  await lost.closer.close();
});

it('is one chain however many apis write, and counts from 1', async () => {
  const contexts = [1, 2].map(() => createContext(readConfig(rig.env)));
  await Promise.all(contexts.map(({ store }) => store.connected()));
  const logs = [rig.context.audit, ...contexts.map(({ audit }) => audit)];
  const record = (log: AuditLog) => log.record({ actor: root.user.id, action: 'logout' });
  await Promise.all(Array.from({ length: 60 }, (_, i) => record(logs[i % 3] ?? rig.context.audit)));
  await Promise.all(contexts.map(({ closer }) => closer.close()));
  const { store, config } = rig.context;
  const last = (await store.audit.last())?._id ?? 0;
  expect((await store.audit.range(0, last)).map(({ _id }) => _id)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  expect(await verifyChain({ audit: store.audit, ring: config.AUDIT_KEYS })).toMatchObject({ intact: true });
});

describe('reading the log', () => {
  it('gives pages, the newest first, without a hole', async () => {
    const last = (await rig.context.store.audit.last())?._id ?? 0;
    const pages = await rig.pages<Entry>('/admin/audit?limit=40', root);
    expect(pages.flat().map(({ n }) => n)).toEqual(Array.from({ length: last }, (_, i) => last - i));
    expect(pages.slice(0, -1).every((page) => page.length === 40)).toBe(true);
  });

  it('filters by who, what and when, together too', async () => {
    const ann = await rig.account();
    const from = (clock += 60_000);
    await rig.call('post', '/auth/logout', ann).expect(200);
    const to = (clock += 60_000);
    await login(ann.user.username).expect(200);
    const actions = async (query: string) => (await list(query)).map(({ action }) => action);
    const actor = `actor=${ann.user.id}`;
    const iso = (at: number) => new Date(at).toISOString();
    expect(await actions(actor)).toEqual(['login', 'logout']);
    expect(await actions(`${actor}&action=logout`)).toEqual(['logout']);
    expect(await actions(`${actor}&from=${iso(from)}`)).toEqual(['login', 'logout']);
    expect(await actions(`from=${iso(from)}&to=${iso(to)}`)).toEqual(['logout']);
    expect(await actions(`${actor}&from=${iso(to)}&to=${iso(to + 1)}`)).toEqual(['login']);
    expect((await list('action=role-changed')).every(({ action }) => action === 'role-changed')).toBe(true);
  });

  it('is for admins, and for what is one of its filters', async () => {
    for (const role of ['member', 'moderator'] as const)
      await rig.call('get', '/admin/audit', await rig.account(role)).expect(403);
    await rig.call('get', '/admin/audit').expect(401);
    for (const query of ['actor=ann', 'action=nothing', 'from=yesterday', 'target=x', 'cursor=x'])
      expect(bodyOf(await rig.call('get', `/admin/audit?${query}`, root).expect(400)).error.code).toBe('VALIDATION_ERROR');
  });
});
