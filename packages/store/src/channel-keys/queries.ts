import { bounded, type Collection, chunks, majority } from '../collection.js';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import type { ChannelKey, ChannelKeyDocument } from './schema.js';

const noId = { _id: 0 } as const;

/** A copy of the key, as what the driver gives holds on to a whole reply, and keys are kept. */
function toKey({ wrapped, ...key }: ChannelKeyDocument): ChannelKey {
  return { ...key, wrapped: wrapped === null ? null : Buffer.from(wrapped) } as ChannelKey;
}

/** Each channel's last key, erased or not; channels without one are left out. A majority read. */
export const latest = (keys: Collection<ChannelKeyDocument>) =>
  async function latest(channelIds: readonly string[]): Promise<Map<string, ChannelKey>> {
    const found = new Map<string, ChannelKey>();
    for (const some of chunks(channelIds)) {
      const list = keys.find<ChannelKeyDocument>({ channelId: { $in: some } }, { projection: noId, ...majority });
      for await (const key of list) {
        if ((found.get(key.channelId)?.version ?? 0) < key.version) found.set(key.channelId, toKey(key));
      }
    }
    return found;
  };

export const get = (keys: Collection<ChannelKeyDocument>) =>
  async function get(channelId: string, version: number): Promise<ChannelKey | null> {
    const key = await keys.findOne<ChannelKeyDocument>({ channelId, version }, { projection: noId, ...majority });
    return key && toKey(key);
  };

/** `exists`: another writer made this version first; read it. */
export const insert = (keys: Collection<ChannelKeyDocument>) =>
  async function insert(key: ChannelKey): Promise<'inserted' | 'exists'> {
    try {
      await keys.insertOne({ ...key });
      return 'inserted';
    } catch (error) {
      if (translate(error) instanceof DuplicateKey) return 'exists';
      throw error;
    }
  };

/** Destroys a channel's keys, all versions; that they were stays known. Doing it again keeps the first time. */
export const erase = (keys: Collection<ChannelKeyDocument>) =>
  async function erase(channelId: string, now = new Date()): Promise<void> {
    await keys.updateMany({ channelId, erasedAt: null }, { $set: { wrapped: null, erasedAt: now } });
  };

/** Keys that are wrapped under a master key; those that were replaced are not found again, so that it is asked until empty. */
export const byMaster = (keys: Collection<ChannelKeyDocument>) =>
  async function byMaster(masterKid: string, limit: number): Promise<ChannelKey[]> {
    const found = keys.find<ChannelKeyDocument>({ masterKid, erasedAt: null }, { projection: noId, ...majority });
    return (await found.limit(bounded(limit, 1_000)).toArray()).map(toKey);
  };

export interface Rewrapped {
  channelId: string;
  version: number;
  fromKid: string;
  masterKid: string;
  wrapped: Buffer;
}

/** False when the key was replaced or erased meanwhile. */
export const replaceWrapped = (keys: Collection<ChannelKeyDocument>) =>
  async function replaceWrapped({ channelId, version, fromKid, masterKid, wrapped }: Rewrapped): Promise<boolean> {
    const { matchedCount } = await keys.updateOne(
      { channelId, version, masterKid: fromKid, erasedAt: null },
      { $set: { masterKid, wrapped } },
    );
    return matchedCount === 1;
  };
