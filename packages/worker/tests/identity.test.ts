import { afterAll, beforeAll, expect, it } from 'vitest';
import { newSessionId } from '@storm/shared/contracts';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig({ shards: 1 });
  await rig.startWorker();
});
afterAll(() => rig.stop());

const issuer = 'https://id.example.org';
const ask = (subject: string) => rig.asker.ask({ kind: 'identity', issuer, subject, profile: { username: subject } });

it('gives many who ask at once the one account of an outside user', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('anna')));
  expect(new Set(answers.map(({ userId }) => userId)).size).toBe(1);
  const [account] = answers;
  expect(account).toMatchObject({ role: 'member', ver: 0 });
  expect(await rig.store.users.byId(account?.userId ?? '')).toMatchObject({ username: 'anna', passwordHash: null });
  expect(await rig.store.models.users.countDocuments()).toBe(1);
});

it('says whose access ended, though they have no session', async () => {
  const [kept, changed, gone] = [await ask('kept'), await ask('changed'), await ask('gone')];
  await rig.store.users.changeAccess(changed.userId, { role: 'moderator' });
  await rig.store.users.changeAccess(gone.userId, { isActive: false });
  const bearers = [kept, changed, gone].map(({ userId: sub, ver }) => ({
    sub,
    ver,
    sid: newSessionId(),
    outside: true as const,
  }));
  const sessionless = { ...(bearers[0] ?? { sub: '', ver: 0, outside: true }), sid: newSessionId(), outside: undefined };
  const { ended } = await rig.asker.ask({ kind: 'access', bearers: [...bearers, sessionless] });
  expect(ended).toEqual([
    { sid: bearers[1]?.sid, reason: 'outdated' },
    { sid: bearers[2]?.sid, reason: 'deactivated' },
    { sid: sessionless.sid, reason: 'session' },
  ]);
  await expect(ask('gone')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(await ask('changed')).toEqual({ userId: changed.userId, role: 'moderator', ver: 1 });
});
