import { createHash, randomBytes } from 'node:crypto';
import { SessionId } from '@storm/shared/protocol';
import { decodeBase64Url, deriveKey, hmac, StormError, verifyHmac, type KeyRing } from '@storm/shared/node';

const SECRET_BYTES = 32;

export interface RefreshToken {
  sessionId: string;
  /** Grows with each rotation, from 1. */
  generation: number;
  /** 256 bits as base64url. */
  secret: string;
}

/** A token that carries our MAC, and the key it was made under. */
interface Presented extends RefreshToken {
  kid: string;
}

/**
 * Refresh tokens as text: `session.generation.secret.kid.mac`. The MAC comes first: what we did not make is refused before
 * any database is asked, and a generation that was used before proves that it was once given out.
 */
export class RefreshTokens {
  constructor(private readonly ring: KeyRing) {}

  /** The first of a session. */
  first(sessionId: string): RefreshToken {
    return { sessionId, generation: 1, secret: randomBytes(SECRET_BYTES).toString('base64url') };
  }

  /**
   * The one after: derived from the one before, so that a twin request of the same moment gets the same successor, and
   * nothing that would open a session has to be stored.
   */
  successorOf({ sessionId, generation, secret, kid }: Presented): RefreshToken {
    const next = hmac(this.#key(kid, 'successor'), sessionId, generation, secret);
    return { sessionId, generation: generation + 1, secret: next.toString('base64url') };
  }

  encode(token: RefreshToken): string {
    const { kid } = this.ring.current;
    const mac = hmac(this.#key(kid, 'mac'), ...partsOf(token, kid));
    return [...partsOf(token, kid), mac.toString('base64url')].join('.');
  }

  /** Throws UNAUTHORIZED for anything that `encode` did not make with a key of the ring. */
  decode(text: string): Presented {
    const [session = '', generation = '', secret = '', kid = '', macText = '', ...rest] = text.split('.');
    const sessionId = SessionId.safeParse(session);
    const mac = decodeBase64Url(macText);
    if (rest.length > 0 || !sessionId.success || !/^[1-9]\d{0,14}$/.test(generation) || !mac)
      throw new StormError('UNAUTHORIZED');
    const token = { sessionId: sessionId.data, generation: Number(generation), secret, kid };
    if (!verifyHmac(mac, this.#key(kid, 'mac'), ...partsOf(token, kid))) throw new StormError('UNAUTHORIZED');
    return token;
  }

  #key(kid: string, purpose: 'mac' | 'successor'): Buffer {
    const key = this.ring.get(kid);
    if (!key) throw new StormError('UNAUTHORIZED');
    return deriveKey(key, `storm refresh token v1: ${purpose}`);
  }
}

const partsOf = ({ sessionId, generation, secret }: RefreshToken, kid: string) => [sessionId, generation, secret, kid];

/** What of a token is stored. 256 random bits need no slow hash. */
export const hashOf = ({ secret }: RefreshToken): string => createHash('sha256').update(secret).digest('base64url');
