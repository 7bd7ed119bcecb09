import { randomUUID } from 'node:crypto';
import { Message, MessageQueued, type MessageState } from '@storm/shared/protocol';
import { z } from 'zod';
import type { Rest } from '../../../src/clients/rest.js';
import type { Socket } from '../../../src/clients/socket.js';

/** A message as its sender names it; the same again is the same message, whichever way it goes. */
export interface Draft {
  messageId: string;
  channelId: string;
  text: string;
  clientTs: number;
  threadId?: string;
}

export const draft = (channelId: string, text: string): Draft => ({
  messageId: randomUUID(),
  channelId,
  text,
  clientTs: Date.now(),
});

/** Resolves once it is queued. */
export async function queueByRest(rest: Rest, { channelId, ...body }: Draft): Promise<void> {
  await rest.call(MessageQueued, 'POST', `/channels/${channelId}/messages`, { body });
}

/** Resolves once it is queued; the verdict comes as `message.result`. Throws what it is refused with. */
export async function queueBySocket(socket: Socket, message: Draft): Promise<void> {
  const { event, payload } = await socket.ask('message.send', { ...message }, 30_000);
  if (event !== 'message.ack') throw new Error(`refused: ${JSON.stringify(payload)}`);
}

const Stored = Message.extend({ status: z.literal('duplicate').optional() });

/** Resolves once it is stored: sends it again, under the same id, for as long as there is no verdict. */
export async function storeByRest(rest: Rest, message: Draft): Promise<MessageState> {
  const { channelId, ...body } = message;
  const options = { body, headers: { prefer: 'wait=5' } };
  for (let attempt = 0; attempt < 40; attempt++) {
    const { data } = await rest.call(z.union([Stored, MessageQueued]), 'POST', `/channels/${channelId}/messages`, options);
    if (data.status !== 'queued') return stateOf(data);
  }
  throw new Error(`no verdict on ${body.messageId} for so long`);
}

/** All messages of a channel, as its members can read them, page by page. */
export async function readHistory(rest: Rest, channelId: string): Promise<MessageState[]> {
  const history: MessageState[] = [];
  for (;;) {
    const after = history.at(-1)?.position ?? 0;
    const path = `/channels/${channelId}/messages?after=${after}&limit=100`;
    const { data, meta } = await rest.call(z.array(Message), 'GET', path);
    history.push(...data.map(stateOf));
    if (!meta.hasNextPage) return history;
    if (data.length === 0) throw new Error(`an empty page after ${after} that is not the last`);
  }
}

/** A message of REST as frames have it: times in milliseconds. */
export function stateOf(message: Message): MessageState {
  const { clientTs, createdAt, editedAt, deletedAt, ...others } = Message.strip().parse(message);
  const millis = (time: string | null) => (time === null ? null : Date.parse(time));
  return {
    ...others,
    clientTs: Date.parse(clientTs),
    createdAt: Date.parse(createdAt),
    editedAt: millis(editedAt),
    deletedAt: millis(deletedAt),
  };
}
