import { bounded, type Collection, chunks, majority } from '../collection.js';
import type { Channel } from './schema.js';

const pageMax = 100;

/** Those of the channels that there are. A majority read: it decides who may do what. */
export const read = (channels: Collection<Channel>) =>
  async function read(ids: readonly string[]): Promise<Map<string, Channel>> {
    const found = new Map<string, Channel>();
    for (const some of chunks(ids)) {
      for (const channel of await channels.find({ _id: { $in: some } }, majority).toArray()) found.set(channel._id, channel);
    }
    return found;
  };

export const get = (channels: Collection<Channel>) =>
  async function get(id: string): Promise<Channel | null> {
    return channels.findOne({ _id: id });
  };

/** Those of the channels that there are, in no order. */
export const byIds = (channels: Collection<Channel>) =>
  async function byIds(ids: readonly string[]): Promise<Channel[]> {
    const found: Channel[] = [];
    for (const some of chunks(ids)) found.push(...(await channels.find({ _id: { $in: some } }).toArray()));
    return found;
  };

/** Where a page ended. */
export interface ChannelCursor {
  createdAt: Date;
  id: string;
}

export interface PublicPage {
  isArchived?: boolean;
  after?: ChannelCursor;
  /** At most 100, and one more to see whether there are more. */
  limit: number;
}

/** Public channels, the oldest first. */
export const publicPage = (channels: Collection<Channel>) =>
  async function publicPage({ isArchived = false, after, limit }: PublicPage): Promise<Channel[]> {
    const beyond = after && {
      createdAt: { $gte: after.createdAt },
      $or: [{ createdAt: { $gt: after.createdAt } }, { createdAt: after.createdAt, _id: { $gt: after.id } }],
    };
    return channels
      .find({ type: 'public', isArchived, ...beyond })
      .sort({ type: 1, isArchived: 1, createdAt: 1, _id: 1 })
      .limit(bounded(limit, pageMax + 1))
      .toArray();
  };
