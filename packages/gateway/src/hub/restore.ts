import { backoff, type Logger } from '@storm/shared/node';
import { setTimeout as delay } from 'node:timers/promises';
import type { Hub } from './hub.js';
import type { Roster } from './roster.js';
import type { Subscriptions } from './subscriptions.js';

interface Options {
  hub: Hub;
  roster: Roster;
  subscriptions: Subscriptions;
  log: Logger;
}

/**
 * After a broken link, with everything subscribed again: asks which memberships still hold, compares heads, and only then
 * delivers more. Whoever was removed while the link was down gets nothing of what came after. Given up when the link breaks again.
 */
export async function restore({ hub, roster, subscriptions, log }: Options): Promise<void> {
  const { generation } = subscriptions;
  const current = () => subscriptions.generation === generation;
  await roster.verifyAll(current);
  for (let attempt = 0; current(); attempt++) {
    try {
      await hub.compareHeads();
      if (!current()) return;
      hub.flow();
      return log.debug('deliveries go on');
    } catch (error) {
      log.debug({ err: error }, 'heads could not be read');
      await delay(backoff(attempt, { base: 50, cap: 1_000 }), undefined, { ref: false });
    }
  }
}
