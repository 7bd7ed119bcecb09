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
