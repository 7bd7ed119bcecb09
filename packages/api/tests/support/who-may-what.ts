import type { ServiceScope } from '@storm/shared/protocol';

/** What becomes of a request that has nothing wrong in it: done, or the status that refuses it. */
export type Outcome = 'ok' | 401 | 403 | 404;

const ok = 'ok';

/** Who has no identity, and who has one of each role on the platform. */
export interface ByRole {
  nobody: Outcome;
  member: Outcome;
  moderator: Outcome;
  admin: Outcome;
}
const open = (outcome: Outcome): ByRole => ({ nobody: outcome, member: outcome, moderator: outcome, admin: outcome });
const everyone: ByRole = { nobody: 401, member: ok, moderator: ok, admin: ok };
const admins: ByRole = { nobody: 401, member: 403, moderator: 403, admin: ok };

/** In a private channel, and as outsiders of a private and of a public one. Those of the channel are members of the platform. */
export interface ByStanding {
  nobody: Outcome;
  owner: Outcome;
  channelModerator: Outcome;
  channelMember: Outcome;
  outsider: Outcome;
  outsiderOfPublic: Outcome;
  moderator: Outcome;
  moderatorOfPublic: Outcome;
  admin: Outcome;
}
type Row = [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome];
function channel(...row: Row): ByStanding {
  const [owner, channelModerator, channelMember, outsider, outsiderOfPublic, moderator, moderatorOfPublic, admin] = row;
  return {
    nobody: 401,
    owner,
    channelModerator,
    channelMember,
    outsider,
    outsiderOfPublic,
    moderator,
    moderatorOfPublic,
    admin,
  };
}

/** Who may call what, written down apart from the code that decides it: every operation has its row. */
export const whoMayWhat: Record<string, ByRole | ByStanding> = {
  'post /auth/register': open(ok),
  'post /auth/login': open(ok),
  'post /auth/refresh': open(ok),
  // These go by a challenge, which the request has not: an access token is no substitute.
  'post /auth/login/second-factor': open(401),
  'post /auth/login/second-factor/enrol': open(401),
  'post /auth/login/second-factor/confirm': open(401),

  'post /auth/logout': everyone,
  'post /auth/logout-all': everyone,
  'post /auth/ws-ticket': everyone,
  'get /auth/sessions': everyone,
  'delete /auth/sessions/:sessionId': everyone,
  'get /auth/profile': everyone,
  'get /auth/second-factor': everyone,
  'post /auth/second-factor': everyone,
  'post /auth/second-factor/confirm': everyone,
  'delete /auth/second-factor': everyone,
  'post /auth/second-factor/recovery-codes': everyone,

  'get /users/me': everyone,
  'patch /users/me': everyone,
  'put /users/me/password': everyone,
  'get /users/search': everyone,
  'get /users': everyone, // of those named; all of them: see users.test.ts
  'get /users/:userId': everyone,
  'patch /users/:userId': admins,
  'delete /users/:userId': admins,
  'delete /users/:userId/sessions': admins,
  'delete /users/:userId/second-factor': admins,

  'post /channels': everyone,
  'get /channels': everyone,
  'post /dms': everyone,

  //                                                        in it:             outsiders of a private and a public one:
  //                                                        owner mod. member  members   moderators  admins
  'get /channels/:channelId': /*                         */ channel(ok, ok, ok, 404, ok, 404, ok, ok),
  'patch /channels/:channelId': /*                       */ channel(ok, ok, 403, 404, 403, 404, 403, ok),
  'delete /channels/:channelId': /*                      */ channel(ok, 403, 403, 404, 403, 404, 403, ok),
  'post /channels/:channelId/join': /*                   */ channel(ok, ok, ok, 404, ok, 404, ok, 404),
  'post /channels/:channelId/leave': /*                  */ channel(ok, ok, ok, 404, ok, 404, ok, ok),
  'put /channels/:channelId/read': /*                    */ channel(ok, ok, ok, 404, 404, 404, 404, 404),
  'get /channels/:channelId/receipts': /*                */ channel(ok, ok, ok, 404, 404, 404, 404, 404),
  'get /channels/:channelId/members': /*                 */ channel(ok, ok, ok, 404, 404, 404, 404, ok),
  'post /channels/:channelId/members': /*                */ channel(ok, ok, 403, 404, 403, 404, 403, ok),
  'patch /channels/:channelId/members/:userId': /*       */ channel(ok, 403, 403, 404, 403, 404, 403, ok),
  'delete /channels/:channelId/members/:userId': /*      */ channel(ok, ok, 403, 404, 403, 404, 403, ok),
  'get /channels/:channelId/presence': /*                */ channel(ok, ok, ok, 404, 404, 404, 404, 404),
  'post /channels/:channelId/messages': /*               */ channel(ok, ok, ok, 404, 404, 404, 404, 404),
  'get /channels/:channelId/messages': /*                */ channel(ok, ok, ok, 404, 404, 404, 404, 404),
  'get /channels/:channelId/messages/:messageId': /*     */ channel(ok, ok, ok, 404, 404, 404, 404, 404),
  'delete /channels/:channelId/messages/:messageId': /*  */ channel(ok, ok, 403, 404, 404, 404, ok, ok), // another's
  'patch /channels/:channelId/messages/:messageId': /*   */ channel(403, 403, 403, 404, 403, 404, 403, 403), // another's
  'put /channels/:channelId/messages/:messageId/reactions/:emoji': channel(ok, ok, ok, 404, 403, 404, 403, 403),
  'delete /channels/:channelId/messages/:messageId/reactions/:emoji': channel(ok, ok, ok, 404, 403, 404, 403, 403),
  'get /channels/:channelId/messages/:messageId/replies': channel(ok, ok, ok, 404, 404, 404, 404, 404),
  'get /channels/:channelId/changes': /*                 */ channel(ok, ok, ok, 404, 404, 404, 404, 404),
  'post /admin/channels/:channelId/erase': /*            */ channel(403, 403, 403, 403, 403, 403, 403, ok),

  'post /notifications': admins,
  'get /notifications': everyone,
  'put /notifications/read': everyone,
  'put /notifications/:notificationId/read': everyone,

  'get /admin/audit': admins,
  'get /admin/service-keys': admins,
  'post /admin/service-keys': admins,
  'delete /admin/service-keys/:keyId': admins,
  'get /admin/dead-letters': admins,
  'post /admin/dead-letters/:digest/replay': admins,
  'delete /admin/dead-letters/:digest': admins,
};

/**
 * What a program's key needs to do it: in its own right, or, in channels, for a user, who may then do what their standing allows.
 * No other operation takes a key.
 */
export const scopeOf: Record<string, ServiceScope> = {
  'get /users': 'users:read',
  'get /users/:userId': 'users:read',
  'get /users/search': 'users:read',
  'get /admin/audit': 'admin:read',
  'get /admin/dead-letters': 'admin:read',
  'post /notifications': 'notifications:send',
  'get /channels': 'channels:read',
  'get /channels/:channelId': 'channels:read',
  'get /channels/:channelId/members': 'channels:read',
  'get /channels/:channelId/presence': 'channels:read',
  'post /channels': 'channels:write',
  'post /dms': 'channels:write',
  'patch /channels/:channelId': 'channels:write',
  'delete /channels/:channelId': 'channels:write',
  'post /channels/:channelId/join': 'channels:write',
  'post /channels/:channelId/leave': 'channels:write',
  'post /channels/:channelId/members': 'channels:write',
  'patch /channels/:channelId/members/:userId': 'channels:write',
  'delete /channels/:channelId/members/:userId': 'channels:write',
  'put /channels/:channelId/read': 'messages:send',
  'get /channels/:channelId/receipts': 'messages:read',
  'get /channels/:channelId/messages': 'messages:read',
  'get /channels/:channelId/messages/:messageId': 'messages:read',
  'get /channels/:channelId/changes': 'messages:read',
  'post /channels/:channelId/messages': 'messages:send',
  'patch /channels/:channelId/messages/:messageId': 'messages:send',
  'put /channels/:channelId/messages/:messageId/reactions/:emoji': 'messages:send',
  'delete /channels/:channelId/messages/:messageId/reactions/:emoji': 'messages:send',
  'get /channels/:channelId/messages/:messageId/replies': 'messages:read',
  'delete /channels/:channelId/messages/:messageId': 'messages:send',
};
