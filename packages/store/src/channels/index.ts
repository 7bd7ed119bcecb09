import type { Model } from 'mongoose';
import { native } from '../collection.js';
import { apply } from './apply.js';
import { byIds, get, publicPage, read } from './read.js';
import type { Channel } from './schema.js';

export type { ChannelFields, ChannelOp } from './apply.js';
export type { ChannelCursor, PublicPage } from './read.js';
export type { Channel } from './schema.js';

export type ChannelQueries = ReturnType<typeof channelQueries>;

export function channelQueries(model: Model<Channel>) {
  const channels = native(model);
  return {
    read: read(channels),
    apply: apply(channels),
    get: get(channels),
    byIds: byIds(channels),
    publicPage: publicPage(channels),
  };
}
