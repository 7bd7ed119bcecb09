import type { User } from '@storm/shared/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

let rig: Rig;
let root: Account;

beforeAll(async () => {
  rig = await Rig.start({ worker: false });
  root = await rig.account('admin');
});
afterAll(() => rig.stop());

const unknown = `u${'A'.repeat(22)}`;
const patch = (by: Account, userId: string, body: object) => rig.call('patch', `/users/${userId}`, by).send(body);
const login = ({ user }: Account) => rig.call('post', '/auth/login').send({ username: user.username, password });
const refresh = ({ refreshToken }: Account) => rig.call('post', '/auth/refresh').send({ refreshToken });
const stored = ({ user }: Account) => rig.context.store.users.byId(user.id);

describe('an admin', () => {
  it('gives and takes a role: tokens from before are refused, and a refresh brings the new role', async () => {
    const ann = await rig.account();
    expect(dataOf<User>(await patch(root, ann.user.id, { role: 'admin' }).expect(200))).toMatchObject({
      id: ann.user.id,
      role: 'admin',
      email: ann.user.email,
    });
    await rig.call('get', '/users/me', ann).expect(401);
    const promoted = dataOf<Account>(await refresh(ann).expect(200));
    await rig.call('get', '/admin/dead-letters', promoted).expect(200);

    await patch(root, ann.user.id, { role: 'member' }).expect(200);
    await rig.call('get', '/admin/dead-letters', promoted).expect(401);
    const again = dataOf<Account>(await refresh(promoted).expect(200));
    await rig.call('get', '/admin/dead-letters', again).expect(403);
  });

  it('names somebody and leaves their access as it is', async () => {
    const ann = await rig.account();
    expect(dataOf(await patch(root, ann.user.id, { displayName: 'Ann ✨', role: 'member', isActive: true }).expect(200))).toEqual(
      {
        ...ann.user,
        displayName: 'Ann ✨',
      },
    );
    await rig.call('get', '/users/me', ann).expect(200);
    expect((await stored(ann))?.accessVersion).toBe(0);
  });

  it('deactivates somebody, who is signed out everywhere and can not sign in until they are active again', async () => {
    const ann = await rig.account();
    const elsewhere = dataOf<Account>(await login(ann).expect(200));
    expect(dataOf(await rig.call('delete', `/users/${ann.user.id}`, root).expect(200))).toMatchObject({ isActive: false });
    for (const session of [ann, elsewhere]) {
      await rig.call('get', '/users/me', session).expect(401);
      await refresh(session).expect(401);
    }
    await login(ann).expect(401);
    await rig.call('delete', `/users/${ann.user.id}`, root).expect(200); // again is nothing

    await patch(root, ann.user.id, { isActive: true }).expect(200);
    await refresh(ann).expect(401);
    await login(ann).expect(200);
  });

  it('ends the sessions of somebody, who may sign in again', async () => {
    const ann = await rig.account();
    await rig.call('delete', `/users/${ann.user.id}/sessions`, root).expect(200);
    await rig.call('get', '/users/me', ann).expect(401);
    await refresh(ann).expect(401);
    await login(ann).expect(200);
  });

  it('is told when there is no such user, and what can not be set', async () => {
    for (const call of [
      patch(root, unknown, { role: 'admin' }),
      patch(root, unknown, { displayName: 'Nobody' }),
      rig.call('delete', `/users/${unknown}`, root),
      rig.call('delete', `/users/${unknown}/sessions`, root),
      rig.call('delete', `/users/${unknown}/second-factor`, root),
    ])
      await call.expect(404);
    for (const body of [{}, { role: 'owner' }, { username: 'x_y_z' }, { password }, { passwordHash: 'x' }, { accessVersion: 9 }])
      await patch(root, root.user.id, body).expect(400);
  });
});

describe('somebody who is none', () => {
  it.each(['member', 'moderator'] as const)('as a %s gets no role by any way', async (role) => {
    const eve = await rig.account(role);
    await patch(eve, eve.user.id, { role: 'admin' }).expect(403);
    await rig.call('patch', '/users/me', eve).send({ role: 'admin' }).expect(400);
    await rig.call('patch', '/users/me', eve).send({ displayName: 'x', isActive: true }).expect(400);
    const body = { username: `x_${eve.user.username}`.slice(0, 12), email: 'eve@example.org', password, role: 'admin' };
    await rig.call('post', '/auth/register').send(body).expect(400);
    expect(await stored(eve)).toMatchObject({ role, accessVersion: 0 });
    for (const query of ['', '?isActive=false', '?limit=1']) await rig.call('get', `/users${query}`, eve).expect(403);
  });
});

describe('the last admin', () => {
  const others = async (keep: readonly Account[]) => {
    const ids = keep.map(({ user }) => user.id);
    const admins = await rig.context.store.models.users.find({ role: 'admin' }).lean();
    await Promise.all(
      admins.filter(({ _id }) => !ids.includes(_id)).map(({ _id }) => rig.context.revoker.changeAccess(_id, { role: 'member' })),
    );
  };

  it('stays one, and active', async () => {
    const [ann, gone] = await Promise.all([rig.account('admin'), rig.account('admin')]);
    await others([ann, gone]);
    await rig.call('delete', `/users/${gone.user.id}`, ann).expect(200); // one who can't sign in does not count
    for (const call of [
      patch(ann, ann.user.id, { role: 'member' }),
      patch(ann, ann.user.id, { role: 'moderator', displayName: 'No more' }),
      patch(ann, ann.user.id, { isActive: false }),
      rig.call('delete', `/users/${ann.user.id}`, ann),
    ])
      expect(bodyOf(await call.expect(422)).error).toEqual({ code: 'REFUSED', message: 'There must be an active admin' });
    expect(await stored(ann)).toMatchObject({ role: 'admin', isActive: true, accessVersion: 0, displayName: null });
    await rig.call('get', '/users', ann).expect(200);
  });

  it('may go once there is another', async () => {
    const [ann, bob] = await Promise.all([rig.account('admin'), rig.account('admin')]);
    await others([ann, bob]);
    await patch(ann, ann.user.id, { role: 'member' }).expect(200);
    await patch(bob, bob.user.id, { role: 'member' }).expect(422);
  });

  it('is left by however many that end each other at once', async () => {
    for (let round = 0; round < 8; round++) {
      const admins = await Promise.all(Array.from({ length: 2 + (round % 3) }, () => rig.account('admin')));
      await others(admins);
      const answers = await Promise.all(
        admins.map((by, i) => {
          const target = admins[(i + 1) % admins.length]?.user.id ?? '';
          return round % 2 ? rig.call('delete', `/users/${target}`, by) : patch(by, target, { role: 'member' });
        }),
      );
      for (const { status } of answers) expect([200, 401, 422]).toContain(status);
      expect(await rig.context.store.users.hasAdmin()).toBe(true);
    }
  });
});
