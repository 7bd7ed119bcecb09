import type { Model } from 'mongoose';
import { native } from '../collection.js';
import { byMaster, erase, get, insert, latest, replaceWrapped } from './queries.js';
import type { ChannelKeyDocument } from './schema.js';

export type { Rewrapped } from './queries.js';
export type { ChannelKey } from './schema.js';

export type ChannelKeyQueries = ReturnType<typeof channelKeyQueries>;

export function channelKeyQueries(model: Model<ChannelKeyDocument>) {
  const keys = native(model);
  return {
    latest: latest(keys),
    get: get(keys),
    insert: insert(keys),
    erase: erase(keys),
    byMaster: byMaster(keys),
    replaceWrapped: replaceWrapped(keys),
  };
}
