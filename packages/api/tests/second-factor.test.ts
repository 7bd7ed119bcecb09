import { eventually } from '@storm/devstack/testing';
import { generateKey } from '@storm/shared/node';
import { Secret } from 'otpauth';
import type { SecondFactorRequired } from '@storm/shared/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi, createContext, readConfig } from '../src/index.js';
import { codeAt } from '../src/auth/second-factor/totp.js';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

let rig: Rig;
let clock = 1_800_000_000_000;

beforeAll(async () => {
  rig = await Rig.start({ worker: false, env: { SECOND_FACTOR_ROLES: 'moderator' }, overrides: { now: () => clock } });
});
afterAll(() => rig.stop());

interface Enrolled extends Account {
  secret: Buffer;
  recoveryCodes: string[];
}

/** The code that an app shows now, or some steps from now. */
const codeOf = (secret: Buffer, steps = 0): string => codeAt(secret, clock + steps * 30_000);
/** A code that an app shows neither now nor one step before or after. */
const wrongFor = (secret: Buffer): string => {
  const near = [-1, 0, 1].map((steps) => codeOf(secret, steps));
  return ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code)) ?? '';
};
const nextStep = (): void => void (clock += 30_000);
const fromBase32 = (text: string): Buffer => Buffer.from(Secret.fromBase32(text).bytes);
const swap = (letter: string): string => (letter === 'a' ? 'b' : 'a');

const login = ({ user }: Pick<Account, 'user'>) => rig.call('post', '/auth/login').send({ username: user.username, password });
const challengeOf = async (account: Pick<Account, 'user'>): Promise<SecondFactorRequired> => {
  const { error } = bodyOf(await login(account).expect(401));
  expect(error.code).toBe('SECOND_FACTOR_REQUIRED');
  return error.details as SecondFactorRequired;
};
const answer = (challenge: string, code: string) => rig.call('post', '/auth/login/second-factor').send({ challenge, code });
const begin = async (account: Account): Promise<Buffer> => {
  const { secret } = dataOf<{ secret: string }>(await rig.call('post', '/auth/second-factor', account).expect(201));
  return fromBase32(secret);
};
const confirm = (account: Account, code: string) => rig.call('post', '/auth/second-factor/confirm', account).send({ code });

async function enrolled(): Promise<Enrolled> {
  const account = await rig.register();
  const secret = await begin(account);
  const { recoveryCodes } = dataOf<Enrolled>(await confirm(account, codeOf(secret)).expect(200));
  nextStep(); // that code is used up
  return { ...account, secret, recoveryCodes };
}

async function audited(account: Pick<Account, 'user'>): Promise<string[]> {
  const entries = await rig.context.store.models.audit.find({ target: account.user.id }).sort({ _id: 1 }).lean();
  return entries.map(({ action }) => action).filter((action) => action.startsWith('second-factor'));
}

describe('enrolling', () => {
  it('asks for nothing until a code has confirmed the secret', async () => {
    const account = await rig.register();
    const abandoned = await begin(account);
    const secret = await begin(account);
    await login(account).expect(200);
    await confirm(account, codeOf(abandoned)).expect(403);
    const { recoveryCodes } = dataOf<Enrolled>(await confirm(account, codeOf(secret)).expect(200));
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(recoveryCodes.every((code) => /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/.test(code))).toBe(true);
    await challengeOf(account);
    await rig.call('post', '/auth/second-factor', account).expect(409);
    await confirm(account, codeOf(secret, 1)).expect(409);
    expect(await audited(account)).toEqual(['second-factor-failed', 'second-factor-enrolled']);
  });

  it('gives a URI that apps read from a QR code', async () => {
    const account = await rig.register();
    const { secret, uri } = dataOf<{ secret: string; uri: string }>(
      await rig.call('post', '/auth/second-factor', account).expect(201),
    );
    expect(uri).toMatch(new RegExp(`^otpauth://totp/storm:${account.user.username}\\?`));
    expect(new URL(uri).searchParams.get('secret')).toBe(secret);
  });

  it('stores neither the secret nor a recovery code', async () => {
    const { user, secret, recoveryCodes } = await enrolled();
    const stored = JSON.stringify(await rig.context.store.secondFactors.byId(user.id));
    for (const form of ['hex', 'base64', 'base64url'] as const) expect(stored).not.toContain(secret.toString(form));
    for (const code of recoveryCodes) expect(stored).not.toContain(code);
  });

  it('says how it stands', async () => {
    const account = await enrolled();
    const state = async (who: Account) => dataOf(await rig.call('get', '/auth/second-factor', who).expect(200));
    expect(await state(account)).toEqual({ enabled: true, recoveryCodesLeft: 10 });
    const { challenge } = await challengeOf(account);
    await answer(challenge, account.recoveryCodes[0] ?? '').expect(200);
    expect(await state(account)).toEqual({ enabled: true, recoveryCodesLeft: 9 });
    expect(await state(await rig.register())).toEqual({ enabled: false, recoveryCodesLeft: 0 });
  });
});

describe('signing in', () => {
  it('takes a code after the password, and opens no session before', async () => {
    const account = await enrolled();
    const sessions = () => rig.context.store.sessions.listOf(account.user.id, new Date(clock));
    expect(await sessions()).toHaveLength(1);
    const { challenge, expiresIn, enrol } = await challengeOf(account);
    expect([expiresIn, enrol]).toEqual([300, undefined]);
    expect(await sessions()).toHaveLength(1);
    const code = codeOf(account.secret);
    const signedIn = dataOf<Account>(await answer(challenge, `${code.slice(0, 3)} ${code.slice(3)}`).expect(200));
    expect(signedIn.user.id).toBe(account.user.id);
    await rig.call('get', '/users/me', signedIn).expect(200);
    expect(await sessions()).toHaveLength(2);
  });

  it('answers a wrong password as ever: that there is a second factor is for who knows it', async () => {
    const { user } = await enrolled();
    const wrong = await rig.call('post', '/auth/login').send({ username: user.username, password: 'wrong' }).expect(401);
    expect(bodyOf(wrong).error.code).toBe('UNAUTHORIZED');
    expect(bodyOf(wrong).error.details).toBeUndefined();
  });

  it('takes a code once, however many come at once, and none from before it', async () => {
    const account = await enrolled();
    const { challenge } = await challengeOf(account);
    const code = codeOf(account.secret);
    const statuses = await Promise.all([1, 2, 3, 4].map(async () => (await answer(challenge, code)).status));
    expect(statuses.sort()).toEqual([200, 401, 401, 401]);
    await answer(challenge, codeOf(account.secret, -1)).expect(401);
    await answer(challenge, codeOf(account.secret, 1)).expect(200); // a clock that is ahead
  });

  it('takes a recovery code once, in any case of letters', async () => {
    const account = await enrolled();
    const { challenge } = await challengeOf(account);
    const [code = ''] = account.recoveryCodes;
    await answer(challenge, code.replaceAll('-', ' ').toUpperCase()).expect(200);
    await answer(challenge, code).expect(401);
    await answer(challenge, code.replace(/^./, swap)).expect(401);
  });

  it('refuses after five wrong codes, right ones too, and another user is not touched', async () => {
    const [account, other] = [await enrolled(), await enrolled()];
    const { challenge } = await challengeOf(account);
    const wrong = wrongFor(account.secret);
    const statuses = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async () => (await answer(challenge, wrong)).status));
    expect(statuses.sort()).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const refused = await answer(challenge, codeOf(account.secret)).expect(429);
    expect(Number(refused.get('retry-after'))).toBeGreaterThan(800);
    expect((await audited(account)).filter((action) => action === 'second-factor-failed')).toHaveLength(5);
    await answer((await challengeOf(other)).challenge, codeOf(other.secret)).expect(200);
  });

  it('takes a challenge for five minutes, of our making, for its purpose, and while the user stands as they stood', async () => {
    const account = await enrolled();
    const { challenge } = await challengeOf(account);
    const [header, payload, signature = ''] = challenge.split('.');
    const forged = [
      account.accessToken,
      `${header}.${payload}.${signature.replace(/^./, (a) => (a === 'A' ? 'B' : 'A'))}`,
      `${Buffer.from('{"alg":"none","typ":"second-factor+jwt"}').toString('base64url')}.${payload}.${signature}`,
    ];
    for (const text of forged) await answer(text, codeOf(account.secret)).expect(401);
    await rig.call('get', '/users/me', { accessToken: challenge }).expect(401);
    await rig.call('post', '/auth/login/second-factor/enrol').send({ challenge }).expect(401);
    await rig.context.revoker.changeAccess(account.user.id, { role: 'member' });
    await answer(challenge, codeOf(account.secret)).expect(401);
    const { challenge: beforeChange } = await challengeOf(account);
    const { passwordHash = null } = (await rig.context.store.users.byId(account.user.id)) ?? {};
    await rig.context.store.users.update(account.user.id, { passwordHash: 'another' });
    await answer(beforeChange, codeOf(account.secret)).expect(401);
    await rig.context.store.users.update(account.user.id, { passwordHash });
    const { challenge: late } = await challengeOf(account);
    clock += 331_000; // and what clocks may be apart
    await answer(late, codeOf(account.secret)).expect(401);
    await answer((await challengeOf(account)).challenge, codeOf(account.secret)).expect(200);
  });
});

describe('doing without', () => {
  const remove = (account: Account, body: object) => rig.call('delete', '/auth/second-factor', account).send(body);

  it('takes password and code, and says not which was wrong', async () => {
    const account = await enrolled();
    const code = codeOf(account.secret);
    const wrong = [
      await remove(account, { password: 'wrong', code }).expect(403),
      await remove(account, { password, code: wrongFor(account.secret) }).expect(403),
    ];
    expect(new Set(wrong.map((response) => JSON.stringify(bodyOf(response).error))).size).toBe(1);
    await remove(account, { password, code }).expect(200);
    await login(account).expect(200);
    await remove(account, { password, code }).expect(404);
    expect((await audited(account)).at(-1)).toBe('second-factor-removed');
  });

  it('is for admins to grant to who has lost both app and codes', async () => {
    const [account, admin] = [await enrolled(), await rig.admin()];
    const path = `/users/${account.user.id}/second-factor`;
    await rig.call('delete', path, account).expect(403);
    await rig.call('delete', path, admin).expect(200);
    await rig.call('delete', path, admin).expect(404);
    await login(account).expect(200);
  });
});

it('replaces recovery codes: the old ones are worthless', async () => {
  const account = await enrolled();
  const renew = (code: string) => rig.call('post', '/auth/second-factor/recovery-codes', account).send({ code });
  const { recoveryCodes } = dataOf<Enrolled>(await renew(codeOf(account.secret)).expect(200));
  const { challenge } = await challengeOf(account);
  await answer(challenge, account.recoveryCodes[1] ?? '').expect(401);
  await answer(challenge, recoveryCodes[1] ?? '').expect(200);
});

describe('a role that asks for one', () => {
  const enrol = (challenge: string) => rig.call('post', '/auth/login/second-factor/enrol').send({ challenge });
  const confirmAtLogin = (challenge: string, code: string) =>
    rig.call('post', '/auth/login/second-factor/confirm').send({ challenge, code });

  it('leads who has none to enrolling, and signs them in by it', async () => {
    const account = await rig.register();
    await rig.context.revoker.changeAccess(account.user.id, { role: 'moderator' });
    const { challenge, enrol: mustEnrol } = await challengeOf(account);
    expect(mustEnrol).toBe(true);
    await answer(challenge, '123456').expect(401);
    const { secret } = dataOf<{ secret: string }>(await enrol(challenge).expect(201));
    await confirmAtLogin(challenge, wrongFor(fromBase32(secret))).expect(401);
    const signedIn = dataOf<Enrolled>(await confirmAtLogin(challenge, codeOf(fromBase32(secret))).expect(200));
    expect(signedIn.recoveryCodes).toHaveLength(10);
    await rig.call('get', '/users/me', signedIn).expect(200);
    await enrol(challenge).expect(409);
    expect((await challengeOf(account)).enrol).toBeUndefined();
  });

  it('stops the next refresh of who came to it without one, and uses nothing up', async () => {
    const account = await rig.register();
    const refresh = () => rig.call('post', '/auth/refresh').send({ refreshToken: account.refreshToken });
    await rig.context.revoker.changeAccess(account.user.id, { role: 'moderator' });
    await rig.call('get', '/users/me', account).expect(401);
    expect(bodyOf(await refresh().expect(401)).error.code).toBe('SECOND_FACTOR_REQUIRED');
    const { challenge } = await challengeOf(account);
    const { secret } = dataOf<{ secret: string }>(await enrol(challenge).expect(201));
    await confirmAtLogin(challenge, codeOf(fromBase32(secret))).expect(200);
    await refresh().expect(200);
  });
});

it('outlives its key: what was sealed under the old one is sealed anew at the start, and the old one can go', async () => {
  const account = await enrolled();
  const fresh = generateKey('o2');
  const start = async (TOTP_KEYS: string) => {
    const context = createContext(readConfig({ ...rig.env, TOTP_KEYS }), { now: () => clock });
    const api = createApi(context);
    await api.start();
    return { context, stop: () => api.stop() };
  };
  const between = await start(`${fresh},${rig.env['TOTP_KEYS']}`);
  await eventually(async () => (await rig.context.store.secondFactors.byId(account.user.id))?.kid === 'o2');
  await eventually(async () => (await rig.context.store.secondFactors.underKey('o1', 1)).length === 0);
  await between.stop();
  const after = await start(fresh);
  const { secondFactors } = after.context;
  await after.context.store.connected();
  expect(await secondFactors.take(account.user.id, codeOf(account.secret))).toBe('app');
  expect(await secondFactors.take(account.user.id, account.recoveryCodes[0] ?? '')).toBe('recovery-code');
  await after.stop();
});
