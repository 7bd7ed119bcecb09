import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { aadOf } from '../node/crypto/index.js';
import { errorCodes, limits } from '../protocol/index.js';
import { Change, ChangeBody, SealedPart } from './changes.js';
import { ControlEvent } from './control-events.js';
import { eventAad } from './events.js';
import { changeAad, ChangeJob, IntakeId, JobEntry, questionAad, QuestionJob, ReadMark, readsAad, ReplyTo } from './jobs.js';
import { answers, AnswerEnvelope, Question } from './questions.js';
import { IntakeVerdict, Reply, replyAad, ReplyMessage } from './replies.js';
import { Beat, beatAad, UserEvent, userEventAad } from './user-events.js';

const id = (letter: string, filler = 'A') => letter + filler.repeat(22);
const [channelId, userId, messageId] = [id('c'), id('u'), id('m')];
const changeId = '3f2b8a52-7d1c-4b7e-9d7a-0c1d2e3f4a5b';
const intakeId = 'abcdefghijklmnop';
const header = { kid: 'k', pskId: 'p', enc: 'e' };
const entry = { intakeId, channelId, senderId: userId, changeId, box: 'AAAA' };
const channel = {
  id: channelId,
  type: 'public',
  name: 'general',
  description: null,
  createdBy: userId,
  isArchived: false,
  memberCount: 1,
  seq: 1,
  position: 0,
  createdAt: 0,
};
const message = {
  id: messageId,
  messageId: changeId,
  channelId,
  seq: 2,
  version: 2,
  position: 1,
  senderId: userId,
  text: 'hi',
  threadId: null,
  replyCount: 0,
  reactions: {},
  mentions: [],
  clientTs: 0,
  createdAt: 0,
  editedAt: null,
  deletedAt: null,
};
const system = { seq: 1, kind: 'created', actorId: userId, at: 0 };
const notification = { id: id('n'), type: 'mention', data: { channelId, seq: 2, deeper: { id: 'x' } }, createdAt: 1 };
const cursor = { channelId, seq: 1, position: 0, readPosition: 0, unread: 0, mentions: 0 };
const head = { seq: 2, position: 1 };

const bodies = [
  { kind: 'message', text: 'hi', threadId: null, clientTs: 0 },
  { kind: 'delete', id: messageId },
  { kind: 'create', type: 'public', name: 'general', description: null },
  { kind: 'dm', userId },
  { kind: 'join' },
  { kind: 'leave' },
  { kind: 'add', userId, role: 'member' },
  { kind: 'remove', userId },
  { kind: 'role', userId, role: 'owner' },
  { kind: 'rename', name: 'other' },
  { kind: 'rename', description: null },
  { kind: 'archive' },
  { kind: 'erase' },
];

/** What travels between processes, each with a good example. */
const contracts: [string, z.ZodType, object][] = [
  ...bodies.map((body): [string, z.ZodType, object] => [`the body of '${body.kind}'`, ChangeBody, body]),
  ['a change', Change, { channelId, senderId: userId, changeId, senderRole: 'member', wantsState: true, body: { kind: 'join' } }],
  ['the sealed part of a change', SealedPart, { senderRole: 'admin', wantsState: false, body: { kind: 'archive' } }],
  ['an entry of a job', JobEntry, entry],
  ['a job of changes', ChangeJob, { v: 1, header, replyTo: 'p', entries: [entry] }],
  ['a job of reads', ChangeJob, { v: 1, header, replyTo: 'p', entries: [], reads: 'AAAA' }],
  ['how far somebody has read', ReadMark, { channelId, userId, position: 1 }],
  [
    'a job of questions',
    QuestionJob,
    { v: 1, header, replyTo: 'p', entries: [{ questionId: intakeId, deadline: 1, box: 'AAAA' }] },
  ],
  ['a question for a page', Question, { kind: 'page', userId, channelId, before: 7, limit: 50 }],
  ['a question for a message', Question, { kind: 'message', userId, channelId, id: messageId }],
  ['a question for changes', Question, { kind: 'changes', userId, channelId, since: 0 }],
  ['a question for events', Question, { kind: 'events', channelId, since: 0 }],
  ['a question for memberships', Question, { kind: 'memberships', userId, after: channelId }],
  ['a page', answers.page, { messages: [message], head, hasMore: false }],
  ['a message', answers.message, message],
  ['changes', answers.changes, { from: 0, to: 2, head, messages: [message], system: [system] }],
  ['events', answers.events, { events: [{ from: 1, seq: 2, frame: '{}' }] }],
  ['memberships', answers.memberships, { channels: [cursor], hasMore: true }],
  ['an answer', AnswerEnvelope, { ok: true, questionId: 'q', body: {} }],
  ['a refusal', AnswerEnvelope, { ok: false, questionId: 'q', code: 'FORBIDDEN', message: 'no' }],
  ['a verdict', IntakeVerdict, { intakeId, status: 'persisted', channelId, changeId, id: messageId, seq: 2, position: 1 }],
  ['a verdict with a message', IntakeVerdict, { intakeId, status: 'duplicate', channelId, changeId, state: { message } }],
  ['a verdict with a channel', IntakeVerdict, { intakeId, status: 'persisted', channelId, changeId, state: { channel } }],
  ['a verdict with no member', IntakeVerdict, { intakeId, status: 'persisted', channelId, changeId, state: { member: null } }],
  ['a reply', Reply, { verdicts: [], answers: [] }],
  ['a reply message', ReplyMessage, { v: 1, context: 'c', box: 'AAAA' }],
  ['a user joined', UserEvent, { kind: 'joined', channelId, seq: 1, channel }],
  ['a user left', UserEvent, { kind: 'left', channelId, seq: 1 }],
  ['a notification', UserEvent, { kind: 'notification', notification }],
  ['a notification of an api', ControlEvent, { kind: 'notification', userId, notification }],
  ['notifications that were read', ControlEvent, { kind: 'notifications-read', userId, read: { until: 1 } }],
  ['a change of names', ControlEvent, { kind: 'profile-changed', userId }],
  ['an event to a user who read', UserEvent, { kind: 'read', channelId, position: 1, readAt: 0 }],
  ['a beat', Beat, { heads: [[channelId, 2, 1]], members: [{ userId, channelId, seq: 1, active: true }] }],
];

describe.each(contracts)('%s', (_name, schema, example) => {
  it('is taken, and comes through JSON as it was', () => {
    expect(schema.parse(JSON.parse(JSON.stringify(example)))).toEqual(example);
  });

  it('is refused with a field more', () => {
    expect(schema.safeParse({ ...example, extra: 1 }).success).toBe(false);
    const polluted = JSON.parse(JSON.stringify(example).replace(/^\{/, '{"__proto__":{},')) as unknown;
    expect(schema.safeParse(polluted).success).toBe(false);
  });

  it('is refused with any of its fields of another type', () => {
    for (const field of Object.keys(example)) {
      if (field === 'body' && schema === AnswerEnvelope) continue; // parsed by what was asked
      expect(schema.safeParse({ ...example, [field]: { $ne: null } }).success, field).toBe(false);
    }
  });
});

describe('a job', () => {
  it('parses with entries that are none: each is looked at alone', () => {
    const job = { v: 1, header, replyTo: 'p', entries: [entry, 7, null, { box: 'x' }] };
    expect(ChangeJob.safeParse(job).success).toBe(true);
    expect(ChangeJob.safeParse({ ...job, entries: [] }).success).toBe(false);
    expect(ChangeJob.safeParse({ ...job, v: 2 }).success).toBe(false);
  });

  it('takes a box of up to 64 KiB in base64, which the longest text fits', () => {
    const takes = (box: string) => JobEntry.safeParse({ ...entry, box }).success;
    expect([takes('A'.repeat(65_536)), takes('A'.repeat(65_540)), takes('A-_A'), takes('AAA')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const part = { senderRole: 'moderator', wantsState: false, body: { ...bodies[0], text: '\u0001'.repeat(limits.textLength) } };
    expect(takes(Buffer.concat([Buffer.alloc(28), Buffer.from(JSON.stringify(part))]).toString('base64'))).toBe(true);
  });

  it.each(['', 'a b', 'a:b', 'a*', 'x'.repeat(65)])('is not answered on a channel named %j', (replyTo) => {
    expect(ReplyTo.safeParse(replyTo).success).toBe(false);
  });

  it('takes intake ids of 96 bits', () => {
    expect(
      ['abcdefghijklmnop', 'abcdefghijklmno', 'abcdefghijklmnopq', 'abcdefghijklmno='].map(
        (it) => IntakeId.safeParse(it).success,
      ),
    ).toEqual([true, false, false, false]);
  });
});

it('bodies have no owner to add: there is one already', () => {
  expect(ChangeBody.safeParse({ kind: 'add', userId, role: 'owner' }).success).toBe(false);
});

it('refusals have a code of the catalogue', () => {
  const refusal = (code: string) => AnswerEnvelope.safeParse({ ok: false, questionId: 'q', code, message: 'x' }).success;
  expect(errorCodes.every(refusal)).toBe(true);
  expect(refusal('TEAPOT')).toBe(false);
});

describe('what is bound to what is sealed', () => {
  it('differs between kinds: nothing sealed as one opens as another', () => {
    const clear = { intakeId, channelId, senderId: userId, changeId };
    const kinds = [
      changeAad(clear, 'p'),
      questionAad(intakeId, 1, 'p'),
      readsAad('p'),
      replyAad('c', 'p'),
      eventAad(channelId, 1, 1),
      userEventAad(userId),
      beatAad(0),
    ];
    expect(new Set(kinds.map((parts) => aadOf(...parts).toString('hex'))).size).toBe(kinds.length);
    expect(new Set(kinds.map(([kind]) => kind)).size).toBe(kinds.length);
  });

  it('has every id of a change, and whom it is answered to', () => {
    const clear = { intakeId, channelId, senderId: userId, changeId };
    const bound = aadOf(...changeAad(clear, 'p')).toString('hex');
    for (const field of Object.keys(clear)) {
      expect(aadOf(...changeAad({ ...clear, [field]: 'other' }, 'p')).toString('hex'), field).not.toBe(bound);
    }
    expect(aadOf(...changeAad(clear, 'q')).toString('hex')).not.toBe(bound);
  });
});
