import { join } from 'node:path';
import { secretsEnv } from '@storm/devstack';
import { newSessionId, newUserId } from '@storm/shared/contracts';
import { readEnv, signAccessToken, tokenEnv, tokenOptions } from '@storm/shared/node';
import { z } from 'zod';

/** Somebody with a token. */
export interface Bearer {
  id: string;
  token: string;
}

const tokenSeconds = 3_600;

/** Makes users by the thousand: an id and a token signed with the key of the stack's own api, which need no password hashed. */
export function minted(count: number, dataDir: string): Bearer[] {
  const options = tokenOptions(readEnv(z.object(tokenEnv), secretsEnv('api', join(dataDir, 'secrets', 'api'))));
  return Array.from({ length: count }, () => {
    const id = newUserId();
    const claims = { sub: id, sid: newSessionId(), role: 'member' as const, ver: 0 };
    return { id, token: signAccessToken(claims, tokenSeconds, options) };
  });
}
