import { newServiceKeyId } from '@storm/shared/contracts';
import type { KeyScope, ServiceKeyCreate } from '@storm/shared/protocol';
import { equalBytes, StormError, type Logger } from '@storm/shared/node';
import type { ServiceKey, Store } from '@storm/store';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { MergedEvents } from '../../audit/merged-events.js';
import { hashOf, keyText, newSecret, parseKey } from './key-text.js';
import type { Actor, Service } from './service.js';

interface Options {
  store: Pick<Store, 'serviceKeys'>;
  failures: MergedEvents;
  uses: MergedEvents;
  log: Logger;
  now?: () => number;
}

/** A key that was revoked at another api is refused here within this time, in milliseconds. */
const believedMs = 250;
const keysKept = 1_000;
/** How often at most a use is stored, in milliseconds. */
const touchEveryMs = 60_000;

/** Keys of programs. MongoDB is asked about each four times a second while it is used: it alone says what holds. */
export class ServiceKeys {
  readonly #now: () => number;
  readonly #known = new LRUCache<string, Promise<ServiceKey | null>>({ max: keysKept, ttl: believedMs });

  constructor(private readonly options: Options) {
    this.#now = options.now ?? Date.now;
  }

  /** A key, not yet stored, and its text, which nobody sees again. Throws VALIDATION_ERROR for an end that is past. */
  make({ name, scopes, actsFor, expiresAt }: z.infer<typeof ServiceKeyCreate>, createdBy: string) {
    const now = new Date(this.#now());
    const end = expiresAt === undefined ? null : new Date(expiresAt);
    if (end && end <= now) throw new StormError('VALIDATION_ERROR', { message: 'expiresAt is past' });
    const [id, secret] = [newServiceKeyId(), newSecret()];
    const times = { createdAt: now, expiresAt: end, revokedAt: null, lastUsedAt: null };
    const key: ServiceKey = {
      ...{ _id: id, name, scopes, actsFor: actsFor ?? null },
      ...{ secretHash: hashOf(secret), createdBy, ...times },
    };
    return { key, text: keyText({ id, secret }) };
  }

  /** The program whose key this is. Throws UNAUTHORIZED, the same for whatever is wrong; for what is no key without asking MongoDB. */
  async recognise(text: string, address: string | null): Promise<Service> {
    const presented = parseKey(text);
    const key = presented && (await this.#find(presented.id));
    if (!key) throw new StormError('UNAUTHORIZED');
    const reason = this.#fault(key, presented.secret);
    if (reason !== undefined) {
      this.options.failures.note({ actor: null, action: 'service-key-failed', target: key._id, address, details: { reason } });
      throw new StormError('UNAUTHORIZED');
    }
    this.#touch(key);
    return { keyId: key._id, scopes: key.scopes as KeyScope[], actsFor: key.actsFor };
  }

  /** For the audit log, which tells of a key, whom it acts for and an address once an hour. */
  used({ keyId }: Service, user: Actor | undefined, address: string | null): void {
    this.options.uses.note({ actor: keyId, action: 'service-key-used', target: user?.sub ?? null, address });
  }

  /** False when it was revoked before. */
  async revoke(id: string): Promise<boolean> {
    const revoked = await this.options.store.serviceKeys.revoke(id, new Date(this.#now()));
    this.#known.delete(id);
    return revoked;
  }

  #fault({ secretHash, revokedAt, expiresAt }: ServiceKey, secret: string): string | undefined {
    if (!equalBytes(hashOf(secret), secretHash)) return 'wrong-secret';
    if (revokedAt) return 'revoked';
    return expiresAt && expiresAt.getTime() <= this.#now() ? 'expired' : undefined;
  }

  #find(id: string): Promise<ServiceKey | null> {
    const known = this.#known.get(id);
    if (known) return known;
    const found = this.options.store.serviceKeys.byId(id);
    this.#known.set(id, found);
    found.catch(() => this.#known.delete(id));
    return found;
  }

  /** Nobody waits for it: when a key was last used is good to know, not more. */
  #touch(key: ServiceKey): void {
    const now = this.#now();
    if (key.lastUsedAt && now - key.lastUsedAt.getTime() < touchEveryMs) return;
    key.lastUsedAt = new Date(now); // for those that share what was read
    this.options.store.serviceKeys.touch(key._id, key.lastUsedAt).catch((error: unknown) => {
      this.options.log.debug({ err: error }, 'the use of a service key is not noted');
    });
  }
}
