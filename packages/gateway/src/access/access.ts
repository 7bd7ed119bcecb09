import { backoff, StormError, type Asker, type Bearer, type Logger, type Revocations } from '@storm/shared/node';
import { closeCodes, limits } from '@storm/shared/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { Member } from '../hub/member.js';
import { Semaphore } from '../limits/semaphore.js';
import { askAccess } from './ask-access.js';
import { dismiss } from './dismiss.js';

interface Options {
  revocations: Revocations;
  asker: Asker;
  /** Whose `generation` grows with every life of the link for events. */
  link: { readonly generation: number };
  log: Logger;
}

const questionsAtOnce = 8;

/**
 * Do the tokens of those who are connected still hold? Checked when somebody says who it is, once what is told of its user
 * arrives here: from then on it is told. What was told while the link was broken is asked for.
 */
export class Access {
  readonly #slots = new Semaphore(questionsAtOnce);

  constructor(private readonly options: Options) {}

  /** Was it checked, and was it told everything since? */
  isCurrent(member: Pick<Member, 'clearedIn'>): boolean {
    return member.clearedIn === this.options.link.generation;
  }

  /**
   * Checks a member, and closes it when its token holds no more: by Redis, or by the authority where Redis can't say. Call it
   * when its user's channel is subscribed. Rejects with `UNAVAILABLE` when neither answers.
   */
  async clear(member: Member): Promise<void> {
    const { revocations, asker, link } = this.options;
    const { generation } = link;
    const { bearer } = member;
    if (!bearer) return;
    const known = await revocations.check(bearer);
    const ended = known === 'unknown' ? (await askAccess([bearer], asker))(bearer) : known === 'holds' ? undefined : known;
    if (ended) dismiss(member, ended);
    else member.clearedIn = generation;
  }

  /** After a broken link: asks the authority about all. Resolves when all are checked or closed, or `current` is false. */
  async clearAll(members: readonly Member[], current: () => boolean): Promise<void> {
    const checks: Promise<void>[] = [];
    for (let at = 0; at < members.length; at += limits.bearersPerQuestion) {
      const some = members.slice(at, at + limits.bearersPerQuestion);
      checks.push(this.#slots.run(() => this.#clearSome(some, current)));
    }
    await Promise.all(checks);
  }

  async #clearSome(members: readonly Member[], current: () => boolean): Promise<void> {
    for (let attempt = 0; current(); attempt++) {
      const waiting = members.flatMap((member): [Member, Bearer][] =>
        member.bearer && !member.closed && !this.isCurrent(member) ? [[member, member.bearer]] : [],
      );
      if (waiting.length === 0) return;
      try {
        const { generation } = this.options.link;
        const reasonOf = await askAccess(
          waiting.map(([, bearer]) => bearer),
          this.options.asker,
        );
        for (const [member, bearer] of waiting) {
          if (member.bearer !== bearer) continue; // said meanwhile who it is again: another round asks about that
          const ended = reasonOf(bearer);
          if (ended) dismiss(member, ended);
          else member.clearedIn = generation;
        }
      } catch (error) {
        if (!isAway(error)) {
          this.options.log.warn({ err: error }, 'whose access still holds is unknown');
          for (const [member] of waiting) member.close(closeCodes.internal, 'access is unknown');
          return;
        }
        await delay(backoff(attempt, { base: 100, cap: 2_000 }), undefined, { ref: false });
      }
    }
  }
}

const isAway = (error: unknown): boolean => error instanceof StormError && error.code === 'UNAVAILABLE';
