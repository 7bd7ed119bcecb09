import { serverPayloads, UserId, type ServerPayload } from '@storm/shared/protocol';
import { z } from 'zod';

const nameFirst = /^\{"event":"([a-z._]{1,40})"/;
const positionKey = Buffer.from('"position":');

/** The name of the client frame that an event holds. Workers write it first: almost never is the text parsed for it. */
export function eventNameOf(text: Buffer): string {
  const name = nameFirst.exec(text.toString('latin1', 0, 64))?.[1];
  return name ?? z.object({ event: z.string() }).parse(JSON.parse(text.toString())).event;
}

/** The position of a `message.new`, without parsing it: in a string the quotes of such a key would be escaped. */
export function positionOf(text: Buffer): number | undefined {
  const at = text.indexOf(positionKey);
  if (at < 0) return undefined;
  const digits = /^\d{1,16}/.exec(text.toString('latin1', at + positionKey.length, at + positionKey.length + 16));
  return digits ? Number(digits[0]) : undefined;
}

const Signal = z.object({ payload: z.object({ userId: UserId }) });

/** Whom a signal is about. Throws for anything else. */
export const userOf = (text: Buffer): string => Signal.parse(JSON.parse(text.toString())).payload.userId;

const ChannelChanged = z.object({ payload: serverPayloads['channel.changed'] });

/** The payload of a `channel.changed`. Throws for anything else. */
export const channelChangedOf = (text: Buffer): ServerPayload<'channel.changed'> =>
  ChannelChanged.parse(JSON.parse(text.toString())).payload;
