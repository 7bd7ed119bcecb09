/** Every size and time that clients see. Bytes, milliseconds and counts as the name says. */
export const limits = {
  /** UTF-16 units, as JavaScript counts. */
  textLength: 4_000,
  restBodyBytes: 64 * 1024,
  frameBytes: 64 * 1024,
  /** Of a client's frame: objects and lists within each other. */
  frameDepth: 8,
  /** Of a client's frame: values in all of its objects and lists. */
  frameValues: 256,
  answerBytes: 256 * 1024,
  pageSize: 50,
  pageSizeMax: 100,
  systemRowsPerPage: 200,
  /** Different ones at one message. */
  emojiPerMessage: 20,
  /** How long after it was made a message may be edited, unless configured otherwise. */
  editWindowSeconds: 24 * 60 * 60,
  /** Members of a channel up to which they are told how far each other has read. */
  receiptMembers: 200,
  idsPerRequest: 100,
  bearersPerQuestion: 200,
  syncChannels: 100,
  syncChanges: 500,
  readyChannels: 200,
  authenticateMs: 5_000,
  heartbeatMs: 25_000,
  waitSeconds: 5,
  accessTokenSeconds: 15 * 60,
  refreshTokenSeconds: 7 * 24 * 60 * 60,
  /** However often its tokens are refreshed, a session ends then. */
  sessionSeconds: 30 * 24 * 60 * 60,
  sessionsPerUser: 100,
  ticketMs: 30_000,
  notificationDays: 90,
  notificationDataBytes: 2_048,
  /** Users named by one request, and users looked up at once where it names a role or all. */
  notifiedAtOnce: 1_000,
  /** Users of a role, or all, that one request reaches; the next goes on from there. */
  notifiedPerRequest: 10_000,
  /** How long somebody types who says nothing more. */
  typingMs: 3_000,
  /** How often one connection is heard to type in one channel. */
  typingEveryMs: 1_000,
  /** Of those who type in a channel at once so many are named; the others are "several". */
  typingNamed: 5,
  /** Beyond so many connections of a channel on one gateway nobody is named. */
  typingNamedConnections: 200,
  /** Of one connection. */
  presenceSubscriptions: 500,
} as const;
