import { randomBytes, randomUUID } from 'node:crypto';
import { notificationIdOf } from '@storm/shared/contracts';
import { Secret } from 'otpauth';
import { notify } from '../../src/notifications/notify.js';
import { codeAt } from '../../src/auth/second-factor/totp.js';
import type { Operation } from '../../src/index.js';
import { password, type Account, type Rig } from './rig.js';
import { samples, type Sample, type Scene } from './samples.js';

export const nameOf = ({ method, path }: Pick<Operation, 'method' | 'path'>): string => `${method} ${path}`;

type Make = (scene: Scene, rig: Rig) => Sample | Promise<Sample>;
const inChannel = (part: (scene: Scene) => Omit<Sample, 'params'>) => (scene: Scene) => ({
  params: { channelId: scene.channelId },
  ...part(scene),
});
const someName = () => `x_${randomUUID().slice(0, 8)}`;

/** What makes samples, which have every field, into requests that are granted to whom they may be. */
const made: Record<string, Make> = {
  'post /auth/register': () => {
    const username = someName();
    return { body: { username, email: `${username}@example.org`, password } };
  },
  'post /auth/login': ({ account }) => ({ body: { username: account.user.username, password } }),
  'post /auth/refresh': ({ account: { refreshToken } }) => ({ body: { refreshToken } }),
  'post /auth/second-factor/confirm': async ({ account }, rig) => ({ body: { code: await begin(account, rig) } }),
  'delete /auth/second-factor': async ({ account }, rig) => ({ body: { code: await enrol(account, rig), password } }),
  'post /auth/second-factor/recovery-codes': async ({ account }, rig) => ({ body: { code: await enrol(account, rig) } }),
  'delete /users/:userId/second-factor': async ({ other }, rig) => {
    await enrol(other, rig);
    return { params: { userId: other.user.id } };
  },
  'delete /auth/sessions/:sessionId': ({ account }) => ({
    params: { sessionId: account.refreshToken.split('.')[0] ?? '' },
  }),
  'patch /users/me': () => ({ body: { displayName: 'Sam', username: someName() } }),
  'put /users/me/password': () => ({ body: { currentPassword: password, newPassword: 'Battery-staple-2' } }),
  'get /users': ({ other }) => ({ query: { ids: other.user.id } }),
  'post /channels': () => ({ body: { type: 'public', name: someName() } }),
  'get /channels': () => ({ query: { scope: 'public', limit: '10' } }),
  'patch /channels/:channelId': inChannel(() => ({ body: { name: someName() } })),
  'patch /channels/:channelId/members/:userId': ({ channelId, other }) => ({
    params: { channelId, userId: other.user.id },
    body: { role: 'moderator' },
  }),
  'post /channels/:channelId/messages': inChannel(() => ({ body: { messageId: randomUUID(), text: 'x', clientTs: 0 } })),
  'get /channels/:channelId/messages': inChannel(() => ({ query: { system: 'true', limit: '10' } })),
  'get /channels/:channelId/changes': inChannel(() => ({ query: { since: '0' } })),
  'post /notifications': ({ other }) => ({ body: { key: randomUUID(), type: 'sample', data: {}, userIds: [other.user.id] } }),
  'put /notifications/:notificationId/read': async ({ account }, { context }) => {
    const sent = { key: randomUUID(), type: 'sample', data: {}, userIds: [account.user.id] };
    await notify({ sent, now: new Date() }, context);
    return { params: { notificationId: notificationIdOf(account.user.id, `api:${sent.key}`) } };
  },
  'post /admin/dead-letters/:digest/replay': deadLetter,
  'delete /admin/dead-letters/:digest': deadLetter,
  'delete /admin/service-keys/:keyId': async ({ account }, { context }) => {
    const { key } = context.serviceKeys.make({ name: 'a program', scopes: ['users:read'] }, account.user.id);
    await context.store.serviceKeys.create(key);
    return { params: { keyId: key._id } };
  },
};

/** A request of an operation with nothing wrong in it: whether it is granted depends on who asks. */
export async function validRequest(operation: Operation, scene: Scene, rig: Rig): Promise<Sample> {
  const name = nameOf(operation);
  const request = (await made[name]?.(scene, rig)) ?? samples(scene)[name] ?? {};
  const { cursor: _, ...query } = request.query ?? {}; // a first page has none
  return { ...request, query };
}

/** The call of an operation, as somebody or nobody. */
export function callOf(
  operation: Operation,
  { params = {}, query, body }: Sample,
  rig: Rig,
  account?: Pick<Account, 'accessToken'>,
) {
  const path = operation.path.replace(/:(\w+)/g, (_, field: string) => params[field] ?? '');
  const search = query ? `?${new URLSearchParams(query).toString()}` : '';
  const call = rig.call(operation.method, path + search, account);
  return body === undefined ? call : call.send(body);
}

/** A code that would confirm a second factor. */
async function begin({ user }: Account, { context }: Rig): Promise<string> {
  const { secret } = await context.secondFactors.begin({ _id: user.id, username: user.username });
  return codeAt(Buffer.from(Secret.fromBase32(secret).bytes), Date.now());
}

/** A second factor; a recovery code of it. */
async function enrol(account: Account, rig: Rig): Promise<string> {
  const [code = ''] = (await rig.context.secondFactors.confirm(account.user.id, await begin(account, rig))) ?? [];
  return code;
}

/** One that opens no more, but has the shape to be tried again. */
async function deadLetter({ channelId }: Scene, { context }: Rig): Promise<Sample> {
  const id = (letter: string) => letter + randomBytes(16).toString('base64url');
  const [senderId, changeId, intakeId] = [id('u'), randomUUID(), randomBytes(12).toString('base64url')];
  const digest = randomBytes(32).toString('base64url');
  const ids = { channelId, senderId, changeId, intakeId };
  await context.store.deadLetters.insert({
    digest,
    kid: 's1',
    pskId: 'i1',
    enc: randomBytes(32).toString('base64'),
    entry: JSON.stringify({ ...ids, box: randomBytes(64).toString('base64') }),
    ...ids,
    replyTo: 'nobody',
    reason: 'the entry does not open',
    attempts: 1,
    failedAt: new Date(),
  });
  return { params: { digest } };
}
