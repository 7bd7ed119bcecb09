import { replyAad, type IntakeVerdict, type RedisNames, type Reply, type AnswerEnvelope } from '@storm/shared/contracts';
import { aadOf, type OpenContext, type Redis } from '@storm/shared/node';

/** Bytes of one reply message, before sealing: an answer alone may be larger by what its own cap allows. */
const messageBytes = 256 * 1024;

/** Seals what a worker answers under the asker's own context, and publishes it on the asker's channel. Never stored. */
export class Replier {
  constructor(
    private readonly redis: Redis,
    private readonly names: RedisNames,
  ) {}

  verdicts(to: string, context: OpenContext, verdicts: readonly IntakeVerdict[]): Promise<void> {
    return this.#send(to, context, chunked(verdicts), (chunk) => ({ verdicts: chunk }));
  }

  answers(to: string, context: OpenContext, answers: readonly AnswerEnvelope[]): Promise<void> {
    return this.#send(to, context, chunked(answers), (chunk) => ({ answers: chunk }));
  }

  async #send<T>(to: string, context: OpenContext, chunks: T[][], wrap: (chunk: T[]) => Reply): Promise<void> {
    if (chunks.length === 0) return;
    const pipeline = this.redis.pipeline();
    for (const chunk of chunks) {
      const box = context.sealReply(Buffer.from(JSON.stringify(wrap(chunk))), aadOf(...replyAad(context.id, to)));
      pipeline.publish(this.names.reply(to), JSON.stringify({ v: 1, context: context.id, box: box.toString('base64') }));
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }
}

function chunked<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = Buffer.byteLength(JSON.stringify(item));
    if (bytes > room || !chunks.length) {
      chunks.push([]);
      room = messageBytes;
    }
    chunks.at(-1)?.push(item);
    room -= bytes;
  }
  return chunks;
}
