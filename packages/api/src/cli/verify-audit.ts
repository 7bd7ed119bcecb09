import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { decodeBase64Url, keyRingSchema, mongoEnv, readEnv } from '@storm/shared/node';
import { openStore } from '@storm/store';
import { z } from 'zod';
import type { Link } from '../audit/chain.js';
import { verifyChain } from '../audit/verify-chain.js';

// `node verify-audit.js [--expect NUMBER:HMAC]` reads the whole audit log. Ends with 0 when it is as it was written, with 1 when
// it is not, and with 2 when that can't be told.
const patienceMs = 10_000;

const Expected = z
  .string()
  .regex(/^[1-9]\d{0,14}:[A-Za-z0-9_-]{43}$/, 'give what an earlier run printed: NUMBER:HMAC')
  .transform((text): Link => {
    const [n = '', hmac = ''] = text.split(':');
    return { _id: Number(n), hmac: decodeBase64Url(hmac) ?? Buffer.alloc(0) };
  });

const textOf = ({ _id, hmac }: Link): string => `${_id}:${hmac.toString('base64url')}`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { expect: { type: 'string' } } });
  const expected = Expected.optional().safeParse(values.expect);
  if (!expected.success) throw new Error(`--expect: ${expected.error.issues[0]?.message ?? 'is wrong'}`);
  const env = readEnv(z.object({ ...mongoEnv, AUDIT_KEYS: keyRingSchema }), process.env);
  const store = openStore({ url: env.MONGO_URL, database: env.MONGO_DATABASE, appName: 'storm-verify-audit' });
  try {
    await Promise.race([store.connected(), delay(patienceMs, undefined, { ref: false })]);
    const { audit } = store;
    const verdict = await verifyChain({ audit, ring: env.AUDIT_KEYS, ...(expected.data ? { expected: expected.data } : {}) });
    if (!verdict.intact) {
      process.stdout.write(`BROKEN: entry ${verdict.broken} ${verdict.why}\n`);
      return 1;
    }
    const { last } = verdict;
    process.stdout.write(last._id === 0 ? 'intact: no entries yet\n' : `intact: ${last._id} entries\n${textOf(last)}\n`);
    return 0;
  } finally {
    await store.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`can't verify: ${error instanceof Error ? error.message : 'failed'}\n`);
  process.exitCode = 2;
}
