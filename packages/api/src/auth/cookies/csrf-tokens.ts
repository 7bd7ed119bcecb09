import { decodeBase64Url, deriveKey, hmac, verifyHmac, type KeyRing } from '@storm/shared/node';

/**
 * What a page shows to prove that it acts for its session: `kid.mac`, the MAC over the session's id. Another site can make a
 * browser send cookies, and a neighbouring host can plant some, but neither can make or read this for somebody's session.
 */
export class CsrfTokens {
  /** @param ring from which a key for this alone is derived */
  constructor(private readonly ring: KeyRing) {}

  of(sessionId: string): string {
    const { kid, key } = this.ring.current;
    return `${kid}.${hmac(forCsrf(key), kid, sessionId).toString('base64url')}`;
  }

  isOf(text: string, sessionId: string): boolean {
    const [kid = '', macText = '', ...rest] = text.split('.');
    const key = this.ring.get(kid);
    const mac = decodeBase64Url(macText);
    return rest.length === 0 && !!key && !!mac && verifyHmac(mac, forCsrf(key), kid, sessionId);
  }
}

const forCsrf = (key: Buffer): Buffer => deriveKey(key, 'storm csrf token v1');
