import { defineSchema } from '../collection.js';

/** Up to where a channel's targets and follow-ups are done. It lags behind the timeline, which is the authority. */
export interface HeadDocument {
  /** The channel. */
  _id: string;
  seq: number;
  position: number;
  updatedAt: Date;
}

export const headSchema = defineSchema<HeadDocument>('heads', {
  _id: { type: String, required: true },
  seq: { type: Number, required: true },
  position: { type: Number, required: true },
  updatedAt: { type: Date, required: true },
});

headSchema.index({ updatedAt: 1 }, { name: 'updated' });
