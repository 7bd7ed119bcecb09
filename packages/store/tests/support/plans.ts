import type { mongo } from 'mongoose';
import type { Store } from '../../src/index.js';

const ofExplain = ['find', 'aggregate', 'count', 'distinct'];

/**
 * The plans that the server makes for what a query really sends, a plan for each command and, of writes, for each filter.
 * The store must have been opened with `monitorCommands=true` in its URL.
 */
export async function plansOf(store: Store, query: () => Promise<unknown>): Promise<string[]> {
  const commands: mongo.Document[] = [];
  const listen = ({ command }: mongo.CommandStartedEvent) => commands.push(command);
  const client = store.connection.getClient();
  client.on('commandStarted', listen);
  try {
    await query();
  } finally {
    client.off('commandStarted', listen);
  }
  const plans: string[] = [];
  for (const command of commands.flatMap(explainable)) {
    const plan = await store.connection.db?.command({ explain: command, verbosity: 'queryPlanner' });
    plans.push(JSON.stringify({ ...plan, command: undefined }));
  }
  return plans;
}

/** Reads as they are; the filters of writes as finds, as not every server explains writes. */
function explainable(command: mongo.Document): mongo.Document[] {
  const { lsid: _, $db: __, $clusterTime: ___, $readPreference: ____, readConcern: _____, ...rest } = command;
  if (ofExplain.some((name) => name in rest)) return [rest];
  const writes = [...((rest['updates'] ?? []) as { q: object }[]), ...((rest['deletes'] ?? []) as { q: object }[])];
  return writes.map(({ q }) => ({ find: (rest['update'] ?? rest['delete']) as string, filter: q }));
}

/** mongod's names and PostgreSQL's; the last is how the latter reads all of a collection by way of its `_id` index. */
const scansAll = /"(COLLSCAN|Seq Scan|Parallel Seq Scan)"|"Index Cond":"\(shard_key_value = '\d+'::bigint\)"/;
const scansIndex = /"(IXSCAN|IDHACK|COUNT_SCAN|DISTINCT_SCAN|EXPRESS_IXSCAN|Index Scan|Index Only Scan|Bitmap Index Scan)"/;

export const usesIndex = (plan: string): boolean => scansIndex.test(plan) && !scansAll.test(plan);

/** The indexes that a plan goes through; `_id_` for a lookup by `_id` that has no name. */
export function indexesOf(plan: string): Set<string> {
  const names = [...plan.matchAll(/"(?:Index Name|indexName)":"([^"]+)"/g)].flatMap(([, name]) => name ?? []);
  // FerretDB lists what it weighed under IndexCosts.
  const costs = [...plan.matchAll(/"IndexCosts":\[(.*?)\]/g)].flatMap(([, list = '']) => [
    ...list.matchAll(/"indexName":"([^"]+)"/g),
  ]);
  const weighed = costs.map(([, name]) => name);
  for (const name of weighed) names.splice(names.indexOf(name ?? ''), 1);
  if (/"(IDHACK|EXPRESS_IXSCAN)"/.test(plan) && names.length === 0) names.push('_id_');
  return new Set(names);
}
