import { Reply, ReplyMessage, replyAad, type AnswerEnvelope, type RedisNames } from '../../contracts/index.js';
import type { Verdict } from '../../protocol/index.js';
import { aadOf, type Sealer } from '../crypto/index.js';
import type { Logger } from '../log/logger.js';
import type { Redis } from '../redis/connect.js';

interface Options {
  /** A connection of its own: a subscriber. */
  subscriber: Redis;
  names: RedisNames;
  sealer: Sealer;
  /** Names this process; its replies come to it alone. */
  processId: string;
  log: Logger;
}

type VerdictListener = (intakeId: string, verdict: Verdict) => void;

/** The reply channel of one process: opens what workers answer, and hands it to whoever asked. */
export class Replies {
  #onVerdict: VerdictListener = () => undefined;
  #onAnswer: (answer: AnswerEnvelope) => void = () => undefined;
  #onBroken: () => void = () => undefined;
  #live = false;

  constructor(private readonly options: Options) {}

  get processId(): string {
    return this.options.processId;
  }

  /** Is the channel subscribed? What is asked before that would be answered to nobody. */
  get live(): boolean {
    return this.#live;
  }

  /** Sets who hears of verdicts, of answers, and of a link that broke (replies in between are lost). */
  listen(on: { verdict?: VerdictListener; answer?: (answer: AnswerEnvelope) => void; broken?: () => void }): void {
    if (on.verdict) this.#onVerdict = on.verdict;
    if (on.answer) this.#onAnswer = on.answer;
    if (on.broken) {
      const [before, after] = [this.#onBroken, on.broken];
      this.#onBroken = () => (before(), after());
    }
  }

  start(): void {
    const { subscriber, names, processId } = this.options;
    const channel = names.reply(processId);
    subscriber.on('message', (from: string, message: string) => {
      if (from === channel) this.#receive(message);
    });
    subscriber.on('close', () => {
      if (!this.#live) return;
      this.#live = false;
      this.#onBroken();
    });
    const subscribe = () => {
      subscriber.subscribe(channel).then(
        () => (this.#live = true),
        () => undefined, // the connection is gone again: its next `ready` tries anew
      );
    };
    if (subscriber.status === 'ready') subscribe();
    subscriber.on('ready', subscribe);
  }

  #receive(message: string): void {
    const { sealer, processId, log } = this.options;
    try {
      const { context: id, box } = ReplyMessage.parse(JSON.parse(message));
      const context = sealer.context(id);
      if (!context) return log.warn('a reply came under a context that is gone');
      const opened = context.openReply(Buffer.from(box, 'base64'), aadOf(...replyAad(id, processId)));
      const reply = Reply.parse(JSON.parse(opened.toString()));
      for (const { intakeId, ...verdict } of reply.verdicts ?? []) this.#onVerdict(intakeId, verdict);
      for (const answer of reply.answers ?? []) this.#onAnswer(answer);
    } catch (error) {
      log.warn({ err: error }, 'a reply could not be opened');
    }
  }
}
