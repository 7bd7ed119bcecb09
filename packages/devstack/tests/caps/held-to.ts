import type { limits } from '@storm/shared/protocol';

/** What holds a row: names of `limits`, or constants of a file, below `packages` and without `src`. Variables hold theirs by themselves. */
export interface HeldTo {
  limits?: (keyof typeof limits)[];
  constants?: Record<string, string[]>;
  /** Nothing here can hold it; where it is held, or set. */
  elsewhere?: string;
}

const intake = 'shared/node/intake';
const outside = 'shared/node/identity/outside';

/** By the table's heading and the row's first cell: what of it the code says. */
export const heldTo: Record<string, Record<string, HeldTo>> = {
  'Intake and questions, per api and gateway': {
    'one job': { constants: { [`${intake}/batch-limits.ts`]: ['entries', 'bytes'] } },
    'changes that wait for their `add`': { constants: { [`${intake}/batch-limits.ts`]: ['waiting', 'waitingBytes'] } },
    'changes without a verdict': { constants: { [`${intake}/intake.ts`]: ['maxUnderWay'] } },
    'read positions': { constants: { [`${intake}/read-merger.ts`]: ['capacity', 'everyMs'] } },
    'wait for a verdict': { constants: { [`${intake}/intake.ts`]: ['verdictMs', 'verdictAfterBreakMs'] } },
    'waiting jobs of the longest queue of a lane (channels; direct messages)': {},
    'age of the oldest waiting job': {},
    "Redis' memory": {},
    'questions without an answer': { constants: { 'shared/node/questions/asker.ts': ['maxUnderWay'] } },
    'jobs of questions waiting, of all askers': { constants: { 'shared/node/questions/asker.ts': ['maxJobs'] } },
    'wait for an answer': { constants: { 'shared/node/questions/asker.ts': ['deadlineMs'] } },
    'sealing contexts': { constants: { 'shared/node/crypto/sealer.ts': ['RECENT', 'MAX_CONTEXTS'] } },
  },
  'Rate limits, per api and gateway': {
    'keys of Redis': { elsewhere: 'shared/node/limits/rules.ts: each rule has its own window' },
    'callers refused from memory, without asking Redis': {
      constants: { 'shared/node/limits/rate-limits.ts': ['overKept', 'overMs'] },
    },
    'callers counted here while Redis is away': { constants: { 'shared/node/limits/local-counts.ts': ['defaultKept'] } },
  },
  api: {
    'requests under way': {},
    'a body': { limits: ['restBodyBytes'], constants: { 'api/http/plain-json.ts': ['maxDepth'] } },
    'headers, request': { constants: { 'api/server.ts': ['maxHeadersCount', 'headersTimeout', 'requestTimeout'] } },
    'password hashes at once': { constants: { 'api/auth/passwords.ts': ['waiting'] } },
    'memberships it remembers': { constants: { 'api/channels/advisory-access.ts': ['capacity', 'ttlMs'] } },
    'a page': { limits: ['pageSize', 'pageSizeMax'] },
    'connections to MongoDB': { constants: { 'store/connection/connect.ts': ['maxPoolSize'] } },
    'users asked for by `ids`': { limits: ['idsPerRequest'] },
    'sessions of a user': { limits: ['sessionsPerUser'] },
    'wrong codes of a second factor': { constants: { 'api/context.ts': ['wrongCodes'] } },
    'wrong passwords at an account, per address': { elsewhere: 'api/auth/login-slow-down.test.ts' },
    'users of `POST /notifications`': { limits: ['notifiedAtOnce', 'notifiedPerRequest'] },
    'data of a notification': { limits: ['notificationDataBytes'] },
    'notifications counted as unread': { constants: { 'store/notifications/index.ts': ['countedMax'] } },
    'channels whose count of online members it remembers': {
      constants: { 'api/presence/online-counts.ts': ['channelsMax', 'believedMs', 'believedTimes'] },
    },
    'members looked at for a page of who is online': {
      constants: { 'api/presence/page-of-online.ts': ['membersPerPage', 'membersAtOnce'] },
    },
    'audit entries that wait to be written': { constants: { 'api/audit/audit-log.ts': ['waitingMax', 'batchMax'] } },
    'failed sign-ins told apart in the audit log': { constants: { 'api/audit/merging.ts': ['kindsMax'] } },
    'uses of service keys told apart there': { constants: { 'api/audit/merging.ts': ['kindsMax'] } },
    'service keys it remembers': { elsewhere: 'api/auth/service-keys/service-keys.ts' },
  },
  '[Identity service outside](outside-identity.md), per api and gateway': {
    'what it said of a credential': { constants: { [`${outside}/profile-source.ts`]: ['keptMax', 'refusedKeptMs'] } },
    'accounts of its users': { constants: { [`${outside}/outsiders.ts`]: ['keptMax', 'keptMs'] } },
    'callers who wait for it': { constants: { [`${outside}/shares.ts`]: ['total', 'each'] } },
    'a credential; an answer; a JWK Set': {
      constants: {
        [`${outside}/issuer-in.ts`]: ['credentialMax'],
        [`${outside}/profile-source.ts`]: ['maxBytes'],
        [`${outside}/jwks-source.ts`]: ['maxBytes'],
      },
    },
  },
  gateway: {
    connections: {},
    'sockets of HTTP, those of connections among them': { constants: { 'gateway/gateway.ts': ['spareSockets'] } },
    'time for the head of a request, and between two': {},
    'life of a connection': {},
    'unauthenticated connections of an address': {},
    'connections of a user': {},
    'time to say who one is': { limits: ['authenticateMs'] },
    'a frame from a client': {
      limits: ['frameBytes'],
      constants: { 'gateway/websocket-server.ts': ['maxFragments', 'maxBufferedChunks'] },
    },
    'a frame over 1 KiB, before it is parsed': { limits: ['frameDepth', 'frameValues'] },
    'what is read after a close of ours': {
      constants: { 'gateway/connection/receive.ts': ['lateMax'], 'gateway/websocket-server.ts': ['closeTimeoutMs'] },
    },
    'frames of a connection': {},
    'refused frames of a connection': { constants: { 'gateway/connection/receive.ts': ['burst', 'perMinute'] } },
    'pings and unasked pongs of a connection': { elsewhere: 'gateway/tests/floods.test.ts' },
    'frames that wait behind `authenticate`': { constants: { 'gateway/connection/receive.ts': ['backlogMax'] } },
    "renewals of a connection's identity": { elsewhere: 'gateway/tests/connect.test.ts' },
    'changes of a user, REST included': {},
    'changes of a connection that wait for that limit': { constants: { 'gateway/limits/turns.ts': ['waitingMax'] } },
    'new sockets of an address': {},
    'bytes that wait for a socket': {},
    'time in which a socket takes nothing': {},
    'a silent connection': { limits: ['heartbeatMs'] },
    "event loop's mean delay over a second, memory": {},
    'channels with local members': {},
    '`typing` of a connection': {
      limits: ['typingEveryMs'],
      constants: { 'gateway/typing/typing-turns.ts': ['channelsMax'] },
    },
    '`typing` and `channel.read` frames, more of them': {
      constants: { 'gateway/connection/receive.ts': ['swallowedAtOnce', 'restMs'] },
    },
    'typing that a gateway tells the others': { constants: { 'gateway/typing/told.ts': ['burst'] } },
    'those who type': {
      limits: ['typingNamed'],
      constants: { 'gateway/typing/crowd.ts': ['othersMax'], 'gateway/typing/typists.ts': ['typistsMax'] },
    },
    'users that a connection watches': { limits: ['presenceSubscriptions'] },
    'users watched on a gateway': { constants: { 'gateway/presence/watches.ts': ['watchedMax'] } },
    'connections that watch a user, over all users': { constants: { 'gateway/presence/watches.ts': ['watchingMax'] } },
    'who sees whom, remembered': { constants: { 'gateway/presence/visibility.ts': ['pairs', 'visibleMs', 'hiddenMs'] } },
    'questions who sees whom': {
      constants: { 'gateway/presence/visibility.ts': ['questionsAtOnce'], 'shared/contracts/questions.ts': ['usersPerQuestion'] },
    },
    'choices of a status': { elsewhere: 'gateway/tests/presence.test.ts' },
    '`presence.subscribe` of a connection': { elsewhere: 'gateway/tests/presence.test.ts' },
    'users whom a sweep looks at': { constants: { 'gateway/presence/sweep.ts': ['usersAtOnce'] } },
    'channels of a user that are followed live': { constants: { 'gateway/hub/local-user.ts': ['channelsPerUser'] } },
    'channels that a device is told of': {
      limits: ['readyChannels'],
      constants: { 'gateway/connection/connection.ts': ['littleBytes'] },
    },
    'memberships that change while they are asked for': { constants: { 'gateway/hub/local-user.ts': ['channelsPerUser'] } },
    'changes of membership remembered per user': { constants: { 'gateway/hub/local-user.ts': ['changesKept'] } },
    'read positions remembered per user': { constants: { 'gateway/hub/local-user.ts': ['changesKept'] } },
    'events held back behind a hole': { constants: { 'gateway/hub/held-back.ts': ['maxEvents', 'maxBytes'] } },
    'holes being filled': { constants: { 'gateway/hub/healer.ts': ['stepsAtOnce', 'entriesAtOnce'] } },
    'a hole that stays': {},
    '`sync`': { limits: ['syncChannels'], constants: { 'gateway/sync/syncs.ts': ['waitingMax'] } },
    'what a `sync` of a channel may bring': { limits: ['syncChanges', 'answerBytes'] },
    'pages of `sync` in the making': {
      constants: { 'gateway/sync/pages.ts': ['readsAtOnce'], 'gateway/sync/read-page.ts': ['pageBytes'] },
    },
    'pages of `sync` kept for others': { constants: { 'gateway/sync/pages.ts': ['keptMs', 'pagesMax', 'keptBytes'] } },
    'users asked about after a broken link': { constants: { 'gateway/hub/roster.ts': ['usersAtOnce'] } },
    'questions whose access still holds': {
      limits: ['bearersPerQuestion'],
      constants: { 'gateway/access/access.ts': ['questionsAtOnce'] },
    },
  },
  worker: {
    jobs: { elsewhere: 'worker/queue/shard-consumer.ts' },
    'jobs of questions': { constants: { 'worker/questions/question-consumer.ts': ['concurrency'] } },
    'connections to MongoDB': { constants: { 'worker/context.ts': ['maxPoolSize'] } },
    'channels cached': { constants: { 'worker/changes/channel-cache.ts': ['capacity', 'membersMax'] } },
    'data keys in memory': { elsewhere: 'worker/crypto/channel-keys.ts' },
    'texts under a data key': { elsewhere: 'worker/crypto/channel-keys.test.ts' },
    'contexts and event keys kept': {
      constants: {
        'shared/node/crypto/opener.ts': ['DEFAULT_CACHE_SIZE'],
        'shared/node/crypto/event-opener.ts': ['DEFAULT_CACHE_SIZE'],
      },
    },
    'read positions to be written': { constants: { 'worker/reads/reads.ts': ['capacity'] } },
    'read positions that others are told': { limits: ['receiptMembers'] },
    'rows above `heads`': { constants: { 'worker/changes/settler.ts': ['intervalMs', 'rowsMax', 'rowsWaiting'] } },
    "a take-up's read": { constants: { 'worker/changes/take-up.ts': ['step'], 'worker/in-parallel.ts': ['width'] } },
    'an answer': { limits: ['answerBytes', 'syncChanges'] },
    'a reply message': { constants: { 'worker/queue/replier.ts': ['messageBytes'] } },
    'mentions of a message': { constants: { 'worker/changes/facts.ts': ['mentionsMax'] } },
    'different emoji at a message': { limits: ['emojiPerMessage'] },
    'notifications inserted at once': { constants: { 'store/collection.ts': ['chunkSize'] } },
    'pairs of direct messages kept': { constants: { 'worker/notifications/notifier.ts': ['pairs'] } },
    'system rows merged into one event': { constants: { 'worker/events/frames.ts': ['mergedMax'] } },
    'a beat': { constants: { 'worker/duties/beat.ts': ['channelsMax', 'membersMax'] } },
    'a sweep': { constants: { 'worker/duties/sweep.ts': ['channelsMax'] } },
    'channels looked at, of who is to be seen': {
      constants: { 'worker/questions/visible.ts': ['channelsMax', 'channelsAtOnce'] },
    },
    'dead letters': { constants: { 'store/open-store.ts': ['deadLetterCap'] } },
  },
  MongoDB: {
    'a notification': { limits: ['notificationDays'] },
  },
  'Redis and nginx': {
    'a recent log': { constants: { 'worker/events/publisher.ts': ['logEntries', 'logIdleMs'] } },
    'a head key': { elsewhere: 'worker/events/publisher.test.ts' },
    'what moved lately': { constants: { 'worker/duties/sweep.ts': ['keptMs'] } },
    'until when users were seen online': { constants: { 'gateway/presence/sweep.ts': ['usersAtOnce'] } },
    'finished jobs': { elsewhere: 'removed by the queue' },
    'a ticket': { limits: ['ticketMs'] },
    'a lease of presence': {},
    'a status, chosen': { constants: { 'gateway/presence/scripts.ts': ['chosenMs'] } },
    'nginx, per address': { elsewhere: 'nginx/include' },
    'a body, at nginx': { elsewhere: 'nginx/include/http.conf' },
  },
};
