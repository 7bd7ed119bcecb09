import { Message, PageQuery } from '@storm/shared/protocol';
import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { ChannelPath } from '../../schemas/paths.js';
import { SystemRun } from '../../schemas/changes.js';
import { toMessage } from '../../views/message.js';
import { mixedPage } from '../../views/mixed-page.js';

export const pageMessages = operation({
  method: 'get',
  path: '/channels/:channelId/messages',
  tag: 'messages',
  summary:
    'A page of history, ascending: the latest, or before, after or around a position; with `system=true` what changed in the channel between its messages too',
  permission: 'message.read',
  services: 'messages:read',
  request: { params: ChannelPath, query: PageQuery },
  response: { 200: z.array(z.union([Message, SystemRun])) },
  async handle({ user, params: { channelId }, query: { system: wanted, ...range } }, { asker }) {
    const system = wanted === 'true';
    const question = { kind: 'page' as const, userId: user.sub, channelId, ...range, ...(system ? { system } : {}) };
    const page = await asker.ask(question);
    const meta = { head: page.head, hasNextPage: page.hasMore };
    if (!page.system) return ok(page.messages.map(toMessage), meta);
    return ok(mixedPage(page.messages, page.system.rows), { ...meta, systemComplete: page.system.complete });
  },
});
