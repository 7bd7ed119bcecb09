import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { StormError, unavailable } from '../../errors/storm-error.js';
import { addressKey } from '../../limits/address-key.js';
import { isOurs } from './is-ours.js';
import { credentialMax } from './issuer-in.js';
import { parseProfile } from './parse-profile.js';
import { readBounded } from './read-bounded.js';
import { Shares } from './shares.js';
import type { Credential, IdentitySource, Vouched } from './vouched.js';

export interface ProfileOptions {
  url: URL;
  /** Which service it is: its users are kept under this name. */
  issuer: string;
  /** The issuer of tokens of ours: those are not sent there. */
  ownIssuer: string;
  /** How long the service may take to answer, in milliseconds. */
  timeoutMs: number;
  /** How long an answer is believed, in milliseconds; 30,000 by default. */
  keptMs?: number;
  /** Epoch milliseconds; `Date.now` by default. */
  now?: () => number;
}

/** `undefined`: the service says that the credential is not good. */
interface Answer {
  vouched: Vouched | undefined;
}

const refusedKeptMs = 5_000;
const keptMax = 10_000;
const maxBytes = 64 * 1024;
/** The service says nothing of how long it vouches for: a socket has to ask again after this. */
const goodForSeconds = 300;

/**
 * Asks a URL of an identity service who somebody is. The caller's bearer token or cookies are sent there, and nothing else of the
 * request: 200 with a profile is a user, 401 and 403 are nobody, anything else is a failure. What it says is believed for half a
 * minute (a refusal for 5 s), and kept under a digest of the credential.
 */
export class ProfileSource implements IdentitySource {
  readonly #answers: LRUCache<string, Answer, { credential: Credential }>;
  readonly #shares = new Shares();

  constructor(private readonly options: ProfileOptions) {
    this.#answers = new LRUCache<string, Answer, { credential: Credential }>({
      max: keptMax,
      ttl: options.keptMs ?? 30_000,
      ignoreFetchAbort: true,
      fetchMethod: async (digest, _stale, { options: entry, context: { credential } }) => {
        const answer = await this.#ask(credential, digest);
        if (!answer.vouched) entry.ttl = refusedKeptMs;
        return answer;
      },
    });
  }

  /** Whatever is not ours: what its tokens look like is the service's own business. */
  takes(token: string): boolean {
    return !isOurs(token, this.options.ownIssuer);
  }

  async identify(credential: Credential, address: string): Promise<Vouched> {
    if (Object.values(credential).some((text) => text.length > credentialMax)) throw new StormError('UNAUTHORIZED');
    const digest = createHash('sha256').update(JSON.stringify(credential)).digest('base64url');
    const answer = this.#answers.get(digest) ?? (await this.#asking(credential, digest, address));
    if (!answer) throw unavailable('the identity service was not asked');
    if (!answer.vouched) throw new StormError('UNAUTHORIZED');
    return answer.vouched;
  }

  #asking(credential: Credential, digest: string, address: string): Promise<Answer | undefined> {
    return this.#shares.run(addressKey(address), () => this.#answers.fetch(digest, { context: { credential } }));
  }

  async #ask(credential: Credential, digest: string): Promise<Answer> {
    try {
      return { vouched: await this.#request(credential, digest) };
    } catch (error) {
      throw unavailable('the identity service does not answer as it should', 1_000, error);
    }
  }

  async #request(credential: Credential, signIn: string): Promise<Vouched | undefined> {
    const { url, issuer, timeoutMs, now = Date.now } = this.options;
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...headersOf(credential) },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await readBounded(response, maxBytes);
    if (response.status === 401 || response.status === 403) return undefined;
    if (response.status !== 200) throw new Error(`the identity service answered ${response.status}`);
    const exp = Math.floor(now() / 1_000) + goodForSeconds;
    return { user: { issuer, ...parseProfile(body) }, exp, signIn };
  }
}

const headersOf = (credential: Credential): Record<string, string> =>
  'bearer' in credential ? { authorization: `Bearer ${credential.bearer}` } : { cookie: credential.cookie };
