import { StormError } from '@storm/shared/node';
import { operator } from '../audit/audit-event.js';
import type { Context } from '../context.js';
import { createAccount } from './create-account.js';

/**
 * Makes the admin that the environment names, if there is none yet. Several apis may do it at once. What can't be done is
 * logged and harms nothing else. Throws what MongoDB throws.
 */
export async function makeFirstAdmin(context: Context): Promise<void> {
  const { config, store, audit, log } = context;
  const { FIRST_ADMIN_USERNAME: username, FIRST_ADMIN_EMAIL: email, FIRST_ADMIN_PASSWORD: password } = config;
  if (username === undefined || email === undefined || password === undefined) return;
  if (await store.users.hasAdmin()) return;
  try {
    const admin = await createAccount({ username, email, password }, context, 'admin');
    await audit.record({ actor: operator, action: 'admin-created', target: admin._id });
    log.info({ username }, 'the first admin is made');
  } catch (error) {
    if (!(error instanceof StormError) || error.retryAfterMs !== undefined) throw error;
    if (await store.users.hasAdmin()) return; // another api was quicker
    log.error({ username, reason: error.message, details: error.details }, 'the first admin could not be made');
  }
}
