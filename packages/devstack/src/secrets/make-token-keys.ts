import { formatKey, generateKey, parseKeyRing, publicRingOf } from '@storm/shared/node';

// For who does not run compose: `node make-token-keys.js [KEY-ID]` prints a fresh pair for EdDSA, as two variables. The key id is
// e1 by default; another one is needed when a pair replaces another. Ends with 1 and one line for an id that is none.
try {
  const signing = generateKey(process.argv[2] ?? 'e1');
  const { kid, key } = publicRingOf(parseKeyRing(signing)).current;
  process.stdout.write(`TOKEN_SIGNING_KEYS=${signing}\nTOKEN_PUBLIC_KEYS=${formatKey(kid, key)}\n`);
} catch (error) {
  process.stderr.write(`make-token-keys: ${error instanceof Error ? error.message : 'failed'}\n`);
  process.exitCode = 1;
}
