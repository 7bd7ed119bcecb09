import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { openStore, type MessageRow, type Store } from '@storm/store';

interface Options {
  mongoUrl: string;
  /** Ordered bulks under way at once, each into channels of its own. */
  writers: number;
  channels: number;
  batch: number;
  measureMs: number;
  textBytes: number;
}

/** Rows per second that MongoDB itself takes: the same rows with the same indexes, in ordered bulks, and nothing else. */
export async function bulkInsert({ mongoUrl, writers, channels, batch, measureMs, textBytes }: Options): Promise<number> {
  const store: Store = openStore({ url: mongoUrl, database: `bench_${randomUUID().slice(0, 8)}` });
  await store.connected();
  await store.createIndexes();
  let inserted = 0;
  const end = performance.now() + measureMs;
  const writer = async (w: number) => {
    const own = Array.from({ length: Math.max(1, Math.floor(channels / writers)) }, (_, i) => ({
      channelId: `cbench-${w}-${i}`,
      seq: 0,
    }));
    for (let next = 0; performance.now() < end;) {
      const rows = Array.from({ length: batch }, () => {
        const channel = own[next++ % own.length] ?? { channelId: '', seq: 0 };
        return row(channel.channelId, ++channel.seq, textBytes);
      });
      inserted += (await store.timeline.insertRows(rows)).inserted;
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: writers }, (_, w) => writer(w)));
  const rate = (inserted / (performance.now() - from)) * 1_000;
  await store.connection.dropDatabase();
  await store.close();
  return rate;
}

const key = randomBytes(32);

function row(channelId: string, seq: number, textBytes: number): MessageRow {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.alloc(textBytes, 120)), cipher.final()]);
  const now = new Date();
  return {
    channelId,
    seq,
    kind: 'message',
    senderId: 'uAAAAAAAAAAAAAAAAAAAAAA',
    changeId: randomUUID(),
    intakeId: randomBytes(12).toString('base64url'),
    bodyHmac: randomBytes(32),
    keyVersion: 1,
    createdAt: now,
    id: `m${randomBytes(16).toString('base64url')}`,
    position: seq,
    version: seq,
    textSeq: seq,
    textKey: null,
    ciphertext,
    iv,
    tag: cipher.getAuthTag(),
    threadId: null,
    mentions: [],
    reactions: {},
    clientTs: now,
    editedAt: null,
    deletedAt: null,
  };
}
