import type { ChannelId } from '@storm/shared/protocol';
import type { OpenEvent } from '../hub/channel.js';
import { textFrame } from '../outbox/frame.js';

/** Consecutive live events of a channel, up to `to`, as the inside of a JSON array. */
export interface Page {
  to: number;
  events: Buffer;
}

/** What a page of `sync` covers: the changes `(from, to]` of a channel whose live events go on after `head`. */
interface Range {
  channelId: ChannelId;
  from: number;
  to: number;
  head: number;
}

/** Puts texts together: nothing is parsed. Undefined without any. */
export function pageOf(events: readonly OpenEvent[]): Page | undefined {
  const to = events.at(-1)?.seq;
  if (to === undefined) return undefined;
  return { to, events: Buffer.concat(events.flatMap(({ text }, i) => (i === 0 ? [text] : [comma, text]))) };
}

/** A `sync.changes` frame. */
export function pageFrame(range: Range, { events }: Page, requestId: string | undefined): Buffer {
  const id = requestId === undefined ? '' : `"requestId":${JSON.stringify(requestId)},`;
  const opening = `{"event":"sync.changes",${id}"payload":${JSON.stringify(range).slice(0, -1)},"events":[`;
  return textFrame(Buffer.concat([Buffer.from(opening), events, end]));
}

const comma = Buffer.from(',');
const end = Buffer.from(']}}');
