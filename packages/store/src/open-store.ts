import { auditQueries } from './audit/index.js';
import { channelKeyQueries } from './channel-keys/index.js';
import { channelQueries } from './channels/index.js';
import { connect, type StoreOptions } from './connection/connect.js';
import { ping } from './connection/ping.js';
import { createIndexes } from './create-indexes.js';
import { deadLetterQueries } from './dead-letters/index.js';
import { guard } from './errors/guard.js';
import { headQueries } from './heads/index.js';
import { membershipQueries } from './memberships/index.js';
import { metaQueries } from './meta/index.js';
import { defineModels } from './models.js';
import { nameQueries } from './names/index.js';
import { notificationQueries } from './notifications/index.js';
import { reactionQueries } from './reactions/index.js';
import { outsideIdentityQueries } from './outside-identities/index.js';
import { secondFactorQueries } from './second-factors/index.js';
import { sessionQueries } from './sessions/index.js';
import { serviceKeyQueries } from './service-keys/index.js';
import { timelineQueries } from './timeline/index.js';
import { userQueries } from './users/index.js';

export interface OpenStoreOptions extends StoreOptions {
  /** How many dead letters are kept at most. Default: 10,000. */
  deadLetterCap?: number;
}

export type Store = ReturnType<typeof openStore>;

/**
 * MongoDB as Storm uses it: all named queries, over a connection of its own. Returns at once and connects in the background
 * for as long as it takes; while MongoDB is away every query throws `StoreUnavailable` within a few seconds.
 * Throws for a URL that can't be right.
 */
export function openStore({ deadLetterCap = 10_000, ...options }: OpenStoreOptions) {
  const { connection, connected, close } = connect(options);
  const models = defineModels(connection);
  return {
    /** For what has no named query yet, and for tests. */
    connection,
    models,
    /** Resolves with the first connection, however long that takes. */
    connected: () => connected,
    ping: (timeoutMs: number) => ping(connection, timeoutMs),
    createIndexes: () => createIndexes(models),
    /** Ends the connection, and with `StoreUnavailable` what is under way. */
    close,

    timeline: guard(timelineQueries(models.timeline)),
    reactions: guard(reactionQueries(models.reactions)),
    heads: guard(headQueries(models.heads)),
    channels: guard(channelQueries(models.channels)),
    memberships: guard(membershipQueries(models.memberships)),
    names: guard(nameQueries(models.names)),
    channelKeys: guard(channelKeyQueries(models.channelKeys)),
    deadLetters: guard(deadLetterQueries(models.deadLetters, deadLetterCap)),
    notifications: guard(notificationQueries(models.notifications)),
    users: guard(userQueries(models.users)),
    sessions: guard(sessionQueries(models.sessions)),
    outsideIdentities: guard(outsideIdentityQueries(models.outsideIdentities)),
    secondFactors: guard(secondFactorQueries(models.secondFactors)),
    serviceKeys: guard(serviceKeyQueries(models.serviceKeys)),
    audit: guard(auditQueries(models.audit)),
    meta: guard(metaQueries(models.meta)),
  };
}
