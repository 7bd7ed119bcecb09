import { StormError } from '@storm/shared/node';
import { Seq } from '@storm/shared/protocol';
import { z } from 'zod';
import { digits } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { Changes } from '../../schemas/changes.js';
import { ChannelPath } from '../../schemas/paths.js';
import { toMessage } from '../../views/message.js';
import { toSystemRow } from '../../views/system-row.js';

const query = z.strictObject({
  since: digits.pipe(Seq),
  /** Of the database's life that `since` is from. */
  epoch: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'not an epoch')
    .optional(),
});

export const listChanges = operation({
  method: 'get',
  path: '/channels/:channelId/changes',
  tag: 'messages',
  summary: 'What changed after a `seq`: the current state of each message touched, and the system rows; CONFLICT means: reload',
  permission: 'message.read',
  services: 'messages:read',
  request: { params: ChannelPath, query },
  response: { 200: Changes },
  async handle({ user, params: { channelId }, query: { since, epoch } }, { asker, vitals }) {
    const current = vitals.reading?.epoch;
    if (epoch !== undefined && current !== undefined && epoch !== current) {
      throw new StormError('CONFLICT', { message: 'The database was restored: reload the channel', details: { epoch: current } });
    }
    const { from, to, head, messages, system } = await asker.ask({ kind: 'changes', userId: user.sub, channelId, since });
    return ok({
      from,
      to,
      head: head.seq,
      complete: to >= head.seq,
      messages: messages.map(toMessage),
      system: system.map(toSystemRow),
    });
  },
});
