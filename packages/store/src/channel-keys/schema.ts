import { Schema } from 'mongoose';
import { defineSchema } from '../collection.js';

interface KeyBase {
  channelId: string;
  /** From 1. */
  version: number;
  /** The master key that it is wrapped under. */
  masterKid: string;
  createdAt: Date;
  /** The first `seq` that may be under it. */
  startSeq: number;
}

/** A channel's data key, wrapped; or that there was one, when the channel is erased. */
export type ChannelKey = KeyBase & ({ wrapped: Buffer; erasedAt: null } | { wrapped: null; erasedAt: Date });

export interface ChannelKeyDocument extends KeyBase {
  wrapped: Buffer | null;
  erasedAt: Date | null;
}

export const channelKeySchema = defineSchema<ChannelKeyDocument>('channelkeys', {
  channelId: { type: String, required: true },
  version: { type: Number, required: true, min: 1 },
  wrapped: { type: Schema.Types.Buffer, default: null },
  masterKid: { type: String, required: true },
  createdAt: { type: Date, required: true },
  startSeq: { type: Number, required: true },
  erasedAt: { type: Date, default: null },
});

channelKeySchema.index({ channelId: 1, version: 1 }, { name: 'channel_version', unique: true });
channelKeySchema.index({ masterKid: 1 }, { name: 'master' });
