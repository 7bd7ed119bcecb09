import { percentile, Rest } from '@storm/devstack';
import { z } from 'zod';
import type { Bearer } from '../lib/mint.js';

const Presence = z.object({ online: z.int(), members: z.array(z.unknown()) });
const again = 20;

export interface Asked {
  online: number;
  /** The first that asks waits for the count over all members. */
  firstMs: number;
  /** The median of those after: the count is remembered, a page is looked up. */
  thenMs: number;
}

/** How long `GET /channels/{id}/presence` takes. */
export async function whoIsOnline(api: string, channelId: string, member: Bearer): Promise<Asked> {
  const rest = new Rest({ baseUrl: api, accessToken: member.token, timeoutMs: 60_000 });
  const ask = async (): Promise<{ online: number; ms: number }> => {
    const from = performance.now();
    const { data } = await rest.call(Presence, 'GET', `/channels/${channelId}/presence`);
    return { online: data.online, ms: performance.now() - from };
  };
  const { online, ms } = await ask();
  const later: number[] = [];
  for (let i = 0; i < again; i++) later.push((await ask()).ms);
  return { online, firstMs: ms, thenMs: percentile(later, 0.5) };
}
