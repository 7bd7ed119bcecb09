import type { Logger } from '@storm/shared/node';
import type { AuditEvent } from './audit-event.js';

interface Options {
  record: (event: AuditEvent) => Promise<void>;
  /** How long events of one kind are counted before they are recorded, in milliseconds. */
  windowMs: number;
  /** Kinds that are told apart within a window. */
  kindsMax: number;
  /** What those beyond are recorded as: a kind of which there are few. */
  other: (event: AuditEvent) => AuditEvent;
  log: Logger;
}

interface Kind {
  event: AuditEvent;
  /** How many are not recorded yet. */
  count: number;
}

/**
 * Events that anybody can cause as often as they like, or that are no news each time: failed sign-ins, uses of a key. Nobody
 * waits for them. The first of a kind is recorded at once; those after it are counted and recorded as one, with their `count`,
 * when the window ends. A kind is all that an event says. Beyond `kindsMax` kinds within a window they are `other`. So memory
 * and entries are bounded however many come. What can't be written is kept, counted, and tried again after the next window;
 * what was counted when a process is killed is lost.
 */
export class MergedEvents {
  readonly #kinds = new Map<string, Kind>();
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly options: Options) {}

  note(event: AuditEvent): void {
    const known = this.#kinds.size;
    const kind = this.#kindOf(event);
    kind.count++;
    if (this.#kinds.size > known) this.#start(kind);
  }

  /** Ends the window, once what is being written is written or failed. */
  async flush(): Promise<void> {
    await Promise.all(this.#underWay);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counted = [...this.#kinds.values()].filter(({ count }) => count > 0);
    this.#kinds.clear();
    for (const kind of counted) this.#start(kind);
    await Promise.all(this.#underWay);
  }

  /** Records what is counted, as far as that can be. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.flush();
    clearTimeout(this.#timer);
  }

  #start(kind: Kind): void {
    const writing = this.#write(kind).finally(() => this.#underWay.delete(writing));
    this.#underWay.add(writing);
  }

  /** Where such an event is counted: a kind of its own as long as there are not too many. */
  #kindOf(event: AuditEvent): Kind {
    const { kindsMax, other, windowMs } = this.options;
    const told = this.#kinds.has(nameOf(event)) || this.#kinds.size < kindsMax ? event : other(event);
    const kind = this.#kinds.get(nameOf(told)) ?? { event: told, count: 0 };
    this.#kinds.set(nameOf(told), kind);
    if (!this.#stopped) this.#timer ??= setTimeout(() => void this.flush(), windowMs).unref();
    return kind;
  }

  /** Never throws. What could not be written counts with what came meanwhile. */
  async #write(kind: Kind): Promise<void> {
    const { event, count } = kind;
    kind.count = 0;
    try {
      await this.options.record(count > 1 ? { ...event, details: { ...event.details, count } } : event);
    } catch (error) {
      this.options.log.warn({ err: error }, 'an event is not in the audit log yet');
      this.#kindOf(event).count += count;
    }
  }
}

const nameOf = ({ actor, action, target = null, address = null, details = {} }: AuditEvent): string =>
  JSON.stringify([actor, action, target, address, details]);
