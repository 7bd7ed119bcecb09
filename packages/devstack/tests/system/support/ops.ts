import { z } from 'zod';
import type { ServiceName } from '../../../src/stack/index.js';
import type { System } from './system.js';

const Status = z.object({ checks: z.record(z.string(), z.string()) });

/** What the first process of a service says of itself: the HTTP status, and which of its checks fail. */
export async function statusOf(
  { stack }: System,
  service: ServiceName,
  of: 'health' | 'readiness',
): Promise<{ status: number; failing: string[] }> {
  const response = await fetch(`${stack.services[service][0]?.url}/${of}`, { signal: AbortSignal.timeout(5_000) });
  const { checks } = Status.parse(await response.json());
  const failing = Object.entries(checks).flatMap(([name, outcome]) => (outcome === 'ok' ? [] : [name]));
  return { status: response.status, failing };
}

/** The value of a gauge or counter without labels of its own. Throws when there is none of that name. */
export async function metric(url: string, name: string): Promise<number> {
  return (await metrics(url, [name]))[name] ?? NaN;
}

/** The same for several, by one scrape. */
export async function metrics<N extends string>(url: string, names: readonly N[]): Promise<Record<N, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = names.map((name) => {
    const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`no metric ${name}`);
    return [name, Number(value)] as const;
  });
  return Object.fromEntries(values) as Record<N, number>;
}
