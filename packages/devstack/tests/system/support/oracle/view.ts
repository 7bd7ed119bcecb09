import { Channel, Member, Message, type MemberState, type MessageState } from '@storm/shared/protocol';
import { z } from 'zod';
import type { Rest } from '../../../../src/clients/rest.js';
import { stateOf } from '../messages.js';

/** What an app shows of a channel. */
export interface ChannelView extends Omit<Channel, 'createdAt'> {
  createdAt: number;
  /** By user id. */
  members: MemberState[];
  /** By position; `myReactions` always there, sorted. */
  messages: MessageState[];
}

/** A page of history, and how far the channel was when its replies were counted. */
export interface LoadedPage {
  head: number;
  messages: MessageState[];
}

/** All that the API shows a user who has nothing yet, by channel. */
export async function readViews(rest: Rest): Promise<Map<string, ChannelView>> {
  const views = new Map<string, ChannelView>();
  for (const channel of await readChannels(rest)) {
    const [members, pages] = await Promise.all([loadMembers(rest, channel.id), loadPages(rest, channel.id)]);
    const messages = pages.flatMap((page) => page.messages.map(withReactions));
    views.set(channel.id, { ...channel, createdAt: Date.parse(channel.createdAt), members: sorted(members), messages });
  }
  return views;
}

/** The user's channels, page by page. */
export const readChannels = (rest: Rest): Promise<Channel[]> => list(rest, Channel, '/channels?limit=100');

export async function loadMembers(rest: Rest, channelId: string): Promise<MemberState[]> {
  const members = await list(rest, Member, `/channels/${channelId}/members?limit=100`);
  return members.map((member) => ({ ...member, joinedAt: Date.parse(member.joinedAt) }));
}

/** All of a channel's history. */
export async function loadPages(rest: Rest, channelId: string): Promise<LoadedPage[]> {
  const pages: LoadedPage[] = [];
  for (;;) {
    const after = pages.at(-1)?.messages.at(-1)?.position ?? 0;
    const path = `/channels/${channelId}/messages?after=${after}&limit=100`;
    const { data, meta } = await rest.call(z.array(Message), 'GET', path);
    pages.push({ head: meta.head?.seq ?? 0, messages: data.map(stateOf) });
    if (!meta.hasNextPage) return pages;
  }
}

export const sorted = (members: Iterable<MemberState>): MemberState[] =>
  [...members].sort((a, b) => (a.userId < b.userId ? -1 : 1));

const withReactions = (message: MessageState): MessageState => ({
  ...message,
  myReactions: [...(message.myReactions ?? [])].sort(),
});

async function list<S extends z.ZodType>(rest: Rest, item: S, path: string): Promise<z.infer<S>[]> {
  const items: z.infer<S>[] = [];
  for (let next = path; ;) {
    const { data, meta } = await rest.call(z.array(item), 'GET', next);
    items.push(...data);
    if (!meta.nextCursor) return items;
    next = `${path}&cursor=${meta.nextCursor}`;
  }
}
