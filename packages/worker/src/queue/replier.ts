import { replyAad, type IntakeVerdict, type RedisNames, type Reply, type AnswerEnvelope } from '@storm/shared/contracts';
import { aadOf, type OpenContext, type Redis } from '@storm/shared/node';
import { together } from './together.js';

/** Bytes of one reply message, before sealing: an answer alone may be larger by what its own cap allows. */
const messageBytes = 256 * 1024;

/** Seals what a worker answers under the asker's own context, and publishes it on the asker's channel. Never stored. */
export class Replier {
  constructor(
    private readonly redis: Redis,
    private readonly names: RedisNames,
  ) {}

  verdicts(to: string, context: OpenContext, verdicts: readonly IntakeVerdict[]): Promise<void> {
    return this.#send(to, context, 'verdicts', verdicts);
  }

  answers(to: string, context: OpenContext, answers: readonly AnswerEnvelope[]): Promise<void> {
    return this.#send(to, context, 'answers', answers);
  }

  async #send(to: string, context: OpenContext, kind: keyof Reply, items: readonly object[]): Promise<void> {
    await together(this.redis, chunked(items), (redis, chunk) => {
      const reply = Buffer.from(`{"${kind}":[${chunk.join(',')}]}`);
      const box = context.sealReply(reply, aadOf(...replyAad(context.id, to)));
      return redis.publish(this.names.reply(to), JSON.stringify({ v: 1, context: context.id, box: box.toString('base64') }));
    });
  }
}

/** The items as JSON, by message. */
function chunked(items: readonly object[]): string[][] {
  const chunks: string[][] = [];
  let room = 0;
  for (const item of items) {
    const json = JSON.stringify(item);
    const bytes = Buffer.byteLength(json);
    if (bytes > room || !chunks.length) {
      chunks.push([]);
      room = messageBytes;
    }
    chunks.at(-1)?.push(json);
    room -= bytes;
  }
  return chunks;
}
