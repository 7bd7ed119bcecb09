import type { AccessEvent, EndOfAccess, RedisNames } from '../../contracts/index.js';
import type { AccessClaims } from '../../protocol/index.js';
import type { KeyRing } from '../crypto/index.js';
import { unavailable } from '../errors/storm-error.js';
import type { Redis } from '../redis/connect.js';
import { packControl } from './control.js';

/** What of a token decides whether it still holds. */
export type Bearer = Pick<AccessClaims, 'sub' | 'sid' | 'ver' | 'outside'>;

interface Options {
  redis: Redis;
  names: RedisNames;
}

/**
 * KEYS: name. ARGV: value, time to live (ms), channel, message. Values only grow. What is news is published in the same step: were
 * it noted first, whoever died in between would have it noted, and never told.
 */
const noteScript = `
if tonumber(redis.call('GET', KEYS[1]) or '-1') >= tonumber(ARGV[1]) then return end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])`;

/** KEYS: marker. ARGV: what it must be, what it becomes. 1 when it was so. */
const swapScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`;

type Script = (keys: 1, ...args: (string | number)[]) => Promise<unknown>;

/**
 * The revocations that still matter, as Redis knows them: sessions that ended and access that changed, for as long as tokens
 * from before may be about. MongoDB is the authority. A marker says that everything was brought here in this life of the
 * server; a Redis that lost its data, or was restarted and may have lost the last second, is not believed until it is there again.
 */
export class Revocations {
  #life: Promise<string> | undefined;

  constructor(private readonly options: Options) {
    const { redis } = options;
    redis.defineCommand('stormNoteRevocation', { lua: noteScript });
    redis.defineCommand('stormSwapMarker', { lua: swapScript });
    redis.on('close', () => (this.#life = undefined));
  }

  /** Why a token holds no more; `unknown` when Redis can't say and the authority must. Throws UNAVAILABLE without Redis. */
  async check({ sub, sid, ver, outside }: Bearer): Promise<'holds' | 'unknown' | Exclude<EndOfAccess, 'deactivated'>> {
    const { redis, names } = this.options;
    return this.#asking(async () => {
      // The marker last: it vouches for what was read before it.
      const [life, [ended, least, marker]] = await Promise.all([
        this.#serverLife(),
        Promise.all([
          redis.get(names.revokedSession(sid)),
          redis.get(names.accessVersion(sub)),
          redis.get(names.revocationsLoaded),
        ]),
      ]);
      if (ended !== null && !outside) return 'session';
      if (least !== null && ver < Number(least)) return 'outdated';
      return marker === life ? 'holds' : 'unknown';
    });
  }

  /**
   * Notes what ended, for as long as older tokens live, and tells the gateways of its user what of it is news. Throws
   * UNAVAILABLE without Redis: then it is not known which of it was noted and told; the same again brings the rest.
   */
  async note(events: readonly AccessEvent[], { ttlMs, intakeSecrets }: { ttlMs: number; intakeSecrets: KeyRing }): Promise<void> {
    const { redis, names } = this.options;
    const note = (redis as unknown as { stormNoteRevocation: Script }).stormNoteRevocation.bind(redis);
    await this.#asking(() =>
      Promise.all(
        events.map((event) => {
          const telling = [ttlMs, names.user(event.userId), packControl(event, intakeSecrets)];
          return event.kind === 'session-ended'
            ? note(1, names.revokedSession(event.sid), 1, ...telling)
            : note(1, names.accessVersion(event.userId), event.ver, ...telling);
        }),
      ),
    );
  }

  /** Does this life of Redis hold everything? */
  async isLoaded(): Promise<boolean> {
    const { redis, names } = this.options;
    return this.#asking(async () => (await redis.get(names.revocationsLoaded)) === (await this.#serverLife()));
  }

  /**
   * Brings everything here with `load`, and then says so; not if the data was lost meanwhile, or somebody else began after us.
   * Throws what `load` throws, and UNAVAILABLE without Redis.
   */
  async loading(load: () => Promise<void>, nonce: string): Promise<void> {
    const { redis, names } = this.options;
    const life = await this.#asking(async () => {
      const current = await this.#serverLife();
      await redis.set(names.revocationsLoaded, `loading ${nonce}`);
      return current;
    });
    await load();
    const swap = (redis as unknown as { stormSwapMarker: Script }).stormSwapMarker.bind(redis);
    await this.#asking(() => swap(1, names.revocationsLoaded, `loading ${nonce}`, life));
  }

  /** The server's own name for its life since it started. */
  #serverLife(): Promise<string> {
    const life = (this.#life ??= this.options.redis.info('server').then((info) => /run_id:(\w+)/.exec(info)?.[1] ?? 'unnamed'));
    life.catch(() => {
      if (this.#life === life) this.#life = undefined;
    });
    return life;
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw unavailable('Redis does not answer', 1_000, error);
    }
  }
}
