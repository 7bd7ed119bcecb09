import type { Answer } from '@storm/shared/contracts';
import type { ChannelId } from '@storm/shared/protocol';
import { textFrame } from '../outbox/frame.js';
import type { OpenEvent } from '../hub/channel.js';

/** What a page of `sync` covers: the changes `(from, to]` of a channel that was at `head` when it was read. */
interface Range {
  channelId: ChannelId;
  from: number;
  to: number;
  head: number;
}

/** A `sync.changes` frame of live frames, put together from their texts: nothing is parsed. */
export function eventsPage(range: Range, events: readonly OpenEvent[], requestId: string | undefined): Buffer {
  const parts: Buffer[] = [Buffer.from(`${opening(range, requestId)},"events":[`)];
  events.forEach(({ text }, i) => parts.push(i === 0 ? nothing : comma, text));
  parts.push(end);
  return textFrame(Buffer.concat(parts));
}

/** A `sync.changes` frame of current states, from a worker. */
export function statesPage(range: Range, { messages, system }: Answer<'changes'>, requestId: string | undefined): Buffer {
  const states = `"messages":${JSON.stringify(messages)},"system":${JSON.stringify(system)}}}`;
  return textFrame(Buffer.from(`${opening(range, requestId)},${states}`));
}

const nothing = Buffer.alloc(0);
const comma = Buffer.from(',');
const end = Buffer.from(']}}');

/** The frame up to its payload's last field, left open. */
function opening(range: Range, requestId: string | undefined): string {
  const id = requestId === undefined ? '' : `"requestId":${JSON.stringify(requestId)},`;
  return `{"event":"sync.changes",${id}"payload":${JSON.stringify(range).slice(0, -1)}`;
}
