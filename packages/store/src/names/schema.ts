import { defineSchema } from '../collection.js';

/** A public channel's name, reserved. */
export interface NameDocument {
  /** The name, lower-cased. */
  _id: string;
  channelId: string;
  /** Which change reserved it last: only who knows it releases the name. */
  claim: string;
}

export const nameSchema = defineSchema<NameDocument>('names', {
  _id: { type: String, required: true },
  channelId: { type: String, required: true },
  claim: { type: String, required: true },
});

nameSchema.index({ channelId: 1 }, { name: 'channel' });
