import { newSessionId } from '@storm/shared/contracts';
import { limits } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig({ shards: 1 });
  await rig.startWorker();
});
afterAll(() => rig.stop());

const endedOf = async (bearers: { sub: string; sid: string; ver: number }[]) =>
  (await rig.asker.ask({ kind: 'access', bearers })).ended;

/** A session as an api opens it. */
async function signedIn(userId: string, expiresAt = new Date(Date.now() + 60_000)) {
  const [_id, at] = [newSessionId(), new Date()];
  const rest = { generation: 1, tokenHash: 'x', device: null, address: null, revokedAt: null };
  await rig.store.sessions.create({ _id, userId, createdAt: at, lastUsedAt: at, expiresAt, ...rest });
  return { sub: userId, sid: _id, ver: 0 };
}

it('says whose tokens hold no more, and why, and nothing of the others', async () => {
  const [ann, bob, eve] = [await rig.user(), await rig.user(), await rig.user()];
  const [held, revoked, expired] = [await signedIn(ann), await signedIn(ann), await signedIn(ann, new Date(Date.now() - 1))];
  const [outdated, renewed, deactivated] = [await signedIn(bob), await signedIn(bob), await signedIn(eve)];
  await rig.store.sessions.revoke(revoked.sid);
  await rig.store.users.changeAccess(bob, { role: 'moderator' });
  await rig.store.users.changeAccess(eve, { isActive: false });
  const unknown = { sub: ann, sid: newSessionId(), ver: 0 };
  const stolen = { ...held, sub: bob, ver: 1 };

  expect(await endedOf([held, revoked, expired, outdated, { ...renewed, ver: 1 }, deactivated, unknown])).toEqual([
    { sid: revoked.sid, reason: 'session' },
    { sid: expired.sid, reason: 'session' },
    { sid: outdated.sid, reason: 'outdated' },
    { sid: deactivated.sid, reason: 'deactivated' },
    { sid: unknown.sid, reason: 'session' },
  ]);
  expect(await endedOf([stolen])).toEqual([{ sid: held.sid, reason: 'session' }]);
});

it('answers for as many as one may ask about, and refuses more', async () => {
  const userId = await rig.user();
  const held = await signedIn(userId);
  const many = Array.from({ length: limits.bearersPerQuestion - 1 }, () => ({ sub: userId, sid: newSessionId(), ver: 0 }));
  expect((await endedOf([held, ...many])).map(({ sid }) => sid)).toEqual(many.map(({ sid }) => sid));
  await expect(endedOf([held, held, ...many])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
});
