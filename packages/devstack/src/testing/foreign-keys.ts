import { generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';

export type ForeignAlgorithm = 'RS256' | 'ES256' | 'EdDSA';

/** A key of an identity service that is not Storm's. */
export interface ForeignKey {
  readonly kid: string;
  readonly algorithm: ForeignAlgorithm;
  readonly privateKey: KeyObject;
  /** As the service publishes it. */
  readonly jwk: JsonWebKey & { kid: string; alg: ForeignAlgorithm; use: 'sig' };
}

const generate = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const satisfies Record<ForeignAlgorithm, () => unknown>;

export function foreignKey(kid: string, algorithm: ForeignAlgorithm = 'EdDSA'): ForeignKey {
  const { privateKey, publicKey } = generate[algorithm]();
  return { kid, algorithm, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' } };
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWS (RFC 7515) of these claims, made without the library that verifies it; `header` changes what its header says. */
export function foreignToken({ kid, algorithm, privateKey }: ForeignKey, claims: object, header: object = {}): string {
  const input = `${part({ alg: algorithm, kid, typ: 'JWT', ...header })}.${part(claims)}`;
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  return `${input}.${sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
