import type { EndOfAccess } from '@storm/shared/contracts';
import type { Asker, Bearer } from '@storm/shared/node';

/**
 * Asks the worker which tokens hold no more, at most `limits.bearersPerQuestion` of them. Answers why for one of those asked
 * about; undefined when it holds. Rejects with `UNAVAILABLE` when nobody answers.
 */
export async function askAccess(bearers: readonly Bearer[], asker: Asker): Promise<(bearer: Bearer) => EndOfAccess | undefined> {
  const newest = new Map<string, Bearer>();
  for (const { sub, sid, ver, outside } of bearers) {
    if ((newest.get(sid)?.ver ?? -1) < ver) newest.set(sid, { sub, sid, ver, ...(outside && { outside }) });
  }
  const { ended } = await asker.ask({ kind: 'access', bearers: [...newest.values()] });
  const reasons = new Map(ended.map(({ sid, reason }) => [sid, reason]));
  // Where there is a genuine token of a later version, one of an earlier is outdated.
  return ({ sid, ver }) => reasons.get(sid) ?? (ver < (newest.get(sid)?.ver ?? 0) ? 'outdated' : undefined);
}
