import { defineSchema } from '../collection.js';

/** An entry that could not be opened, parsed or stored: sealed as it came, with what is needed to try again. */
export interface DeadLetter {
  /** Of the entry: the same one is kept once. */
  digest: string;
  /** What names the keys that it is sealed under, where known. */
  kid: string | null;
  pskId: string | null;
  enc: string | null;
  /** The entry as it was in its job, as JSON: its text is in the box. */
  entry: string;
  /** Bound as AAD, where known. */
  channelId: string | null;
  senderId: string | null;
  changeId: string | null;
  intakeId: string | null;
  replyTo: string | null;
  reason: string;
  attempts: number;
  failedAt: Date;
}

export type DeadLetterDocument = Omit<DeadLetter, 'digest'> & { _id: string };

export const keptSeconds = 30 * 24 * 60 * 60;

const known = { type: String, default: null };

export const deadLetterSchema = defineSchema<DeadLetterDocument>('deadletters', {
  _id: { type: String, required: true },
  kid: known,
  pskId: known,
  enc: known,
  entry: { type: String, required: true },
  channelId: known,
  senderId: known,
  changeId: known,
  intakeId: known,
  replyTo: known,
  reason: { type: String, required: true },
  attempts: { type: Number, required: true },
  failedAt: { type: Date, required: true },
});

deadLetterSchema.index({ channelId: 1, senderId: 1, changeId: 1 }, { name: 'channel_sender_change' });
deadLetterSchema.index({ failedAt: 1 }, { name: 'failed', expireAfterSeconds: keptSeconds });
