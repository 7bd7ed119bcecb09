import { mongo } from 'mongoose';
import type { MessageState } from '@storm/shared/protocol';
import { expect } from 'vitest';
import type { Rest } from '../../../src/clients/rest.js';
import { rowsInDatabase } from '../../../src/scenario/row.js';
import { eventually } from '../../../src/testing/index.js';
import type { Connected } from './crowd.js';
import { draft, readHistory, storeByRest, type Draft } from './messages.js';
import type { System } from './system.js';

export interface Intact {
  system: System;
  channelId: string;
  /** Of a member; not of one of the senders. */
  rest: Rest;
  /** What each acknowledged sender sent, in order. */
  sent: readonly { senderId: string; queued: readonly Draft[] }[];
  /** Members who were there all the time. */
  listeners: readonly Connected[];
}

/**
 * What was acknowledged is stored, once, in the order of its senders; `seq` and `position` are dense; every listener got
 * exactly what history shows, in its order; there is no dead letter. Answers the history.
 */
export async function expectIntact({ system, channelId, rest, sent, listeners }: Intact): Promise<MessageState[]> {
  const last = await storeByRest(rest, draft(channelId, 'the last one'));
  const log = ({ socket }: Connected) =>
    socket.kept.flatMap((frame) =>
      frame.event === 'message.new' && frame.payload.channelId === channelId ? [frame.payload] : [],
    );
  await eventually(() => listeners.every((listener) => log(listener).at(-1)?.id === last.id), {
    timeoutMs: 60_000,
    everyMs: 100,
    what: 'every listener to get the last message',
  });

  const { mongoUrl, database } = system;
  const rows = (await rowsInDatabase(mongoUrl, database, { channelId })).map(({ document }) => Number(document['seq']));
  expect(rows.sort((a, b) => a - b)).toEqual(oneTo(rows.length));
  const history = await readHistory(rest, channelId);
  expect(history.map(({ position }) => position)).toEqual(oneTo(history.length));
  for (const { senderId, queued } of sent) {
    const stored = history.filter((message) => message.senderId === senderId);
    expect(stored.map(({ messageId }) => messageId)).toEqual(queued.map(({ messageId }) => messageId));
  }
  for (const listener of listeners) expect(log(listener)).toEqual(history);
  expect(await deadLetters(mongoUrl, database)).toBe(0);
  return history;
}

async function deadLetters(url: string, database: string): Promise<number> {
  const client = await new mongo.MongoClient(url).connect();
  try {
    return await client.db(database).collection('deadletters').countDocuments();
  } finally {
    await client.close();
  }
}

const oneTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
