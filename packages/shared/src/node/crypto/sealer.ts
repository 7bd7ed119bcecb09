import { encodeBase64Url } from './base64url.js';
import { setupSender } from './hpke.js';
import type { KeyRing } from './key-ring.js';
import { CountedSealContext, type SealContext } from './seal-context.js';
import { contextId } from './seal-header.js';
import { exportKeys, pskOf, sealInfo } from './seal-schedule.js';

/** An hour: at 2^32 messages a key, AES-GCM would allow 1.2 million a second. */
const DEFAULT_PERIOD_MS = 3_600_000;
/** Periods kept whether or not anything is open under them: the current one and two before it. */
const RECENT = 3;
/** Periods kept at most. Past it the oldest goes, and a reply under it is lost: the asker resends. */
const MAX_CONTEXTS = 16;

export interface SealerOptions {
  /** X25519 public keys of the workers. */
  sealKeys: KeyRing;
  /** The PSKs. */
  intakeSecrets: KeyRing;
  /** How long a context is used for sealing; an hour by default. */
  periodMs?: number;
  /** Epoch milliseconds; `Date.now` by default. */
  now?: () => number;
}

/** Seals to the workers, with one HPKE context per process and period. */
export class Sealer {
  readonly #options: Required<SealerOptions>;
  /** By id, the oldest first. */
  readonly #contexts = new Map<string, CountedSealContext>();
  #period: { since: number; context: Promise<CountedSealContext> } | undefined;

  constructor(options: SealerOptions) {
    this.#options = { periodMs: DEFAULT_PERIOD_MS, now: Date.now, ...options };
  }

  /** The context to seal with now: one per period, however many ask at once. A failed one is tried again by the next call. */
  current(): Promise<SealContext> {
    const now = this.#options.now();
    const period = this.#period;
    if (period && now >= period.since && now < period.since + this.#options.periodMs) return period.context;
    const context = this.#createContext();
    const next = { since: now, context };
    this.#period = next;
    context.catch(() => {
      if (this.#period === next) this.#period = undefined;
    });
    return context;
  }

  /** The context that a reply names: of a recent period, or of an older one that is still retained. */
  context(id: string): SealContext | undefined {
    return this.#contexts.get(id);
  }

  async #createContext(): Promise<CountedSealContext> {
    const { kid, key: publicKey } = this.#options.sealKeys.current;
    const { kid: pskId, key } = this.#options.intakeSecrets.current;
    const sender = await setupSender({ publicKey, psk: pskOf(pskId, key), info: sealInfo(kid) });
    const header = Object.freeze({ kid, pskId, enc: encodeBase64Url(sender.enc) });
    const context = new CountedSealContext(contextId(sender.enc), header, await exportKeys(sender), () => this.#prune());
    this.#contexts.set(context.id, context);
    this.#prune();
    return context;
  }

  #prune(): void {
    const older = [...this.#contexts.values()].slice(0, -RECENT);
    for (const context of older) {
      if (!context.isRetained || this.#contexts.size > MAX_CONTEXTS) this.#contexts.delete(context.id);
    }
  }
}
