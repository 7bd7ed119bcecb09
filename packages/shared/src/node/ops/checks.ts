/** Does a dependency answer? Throws, or never settles, when it doesn't. */
export type Check = () => Promise<void> | void;

export interface CheckResult {
  ok: boolean;
  /** `ok`, or why not. */
  checks: Record<string, string>;
}

/** Runs all checks at once; one that takes longer than `timeoutMs` has failed. Reasons are for operators: no values. */
export async function runChecks(checks: Record<string, Check>, timeoutMs = 1_000): Promise<CheckResult> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await outcome(check, timeoutMs)] as const),
  );
  return { ok: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}

async function outcome(check: Check, timeoutMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => (timer = setTimeout(() => resolve('no answer'), timeoutMs)));
  const done = (async () => {
    await check();
    return 'ok';
  })().catch((error: unknown) => (error instanceof Error ? error.message : 'failed'));
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
