import type { Operation } from '../http/operation.js';
import { createServiceKey } from './admin/create-service-key.js';
import { dropDeadLetter } from './admin/drop-dead-letter.js';
import { eraseChannel } from './admin/erase-channel.js';
import { listAudit } from './admin/list-audit.js';
import { listDeadLetters } from './admin/list-dead-letters.js';
import { listServiceKeys } from './admin/list-service-keys.js';
import { replayDeadLetter } from './admin/replay-dead-letter.js';
import { revokeServiceKey } from './admin/revoke-service-key.js';
import { endSession } from './auth/end-session.js';
import { listSessions } from './auth/list-sessions.js';
import { login } from './auth/login.js';
import { logoutAll } from './auth/logout-all.js';
import { logout } from './auth/logout.js';
import { profile } from './auth/profile.js';
import { refresh } from './auth/refresh.js';
import { register } from './auth/register.js';
import { beginSecondFactorAtLogin } from './auth/second-factor/begin-at-login.js';
import { beginSecondFactor } from './auth/second-factor/begin.js';
import { confirmSecondFactorAtLogin } from './auth/second-factor/confirm-at-login.js';
import { confirmSecondFactor } from './auth/second-factor/confirm.js';
import { logInWithSecondFactor } from './auth/second-factor/log-in.js';
import { removeSecondFactor } from './auth/second-factor/remove.js';
import { renewRecoveryCodes } from './auth/second-factor/renew-recovery-codes.js';
import { secondFactorState } from './auth/second-factor/state.js';
import { wsTicket } from './auth/ws-ticket.js';
import { archiveChannel } from './channels/archive.js';
import { createChannel } from './channels/create.js';
import { getChannel } from './channels/get.js';
import { joinChannel } from './channels/join.js';
import { leaveChannel } from './channels/leave.js';
import { listChannels } from './channels/list.js';
import { openDm } from './channels/open-dm.js';
import { markRead } from './channels/read.js';
import { listReceipts } from './channels/receipts.js';
import { updateChannel } from './channels/update.js';
import { addMember } from './members/add.js';
import { listMembers } from './members/list.js';
import { removeMember } from './members/remove.js';
import { setMemberRole } from './members/set-role.js';
import { listChanges } from './messages/changes.js';
import { deleteMessage } from './messages/delete.js';
import { editMessage } from './messages/edit.js';
import { getMessage } from './messages/get.js';
import { pageMessages } from './messages/page.js';
import { react, takeBackReaction } from './messages/reactions.js';
import { listReplies } from './messages/replies.js';
import { sendMessage } from './messages/send.js';
import { listNotifications } from './notifications/list.js';
import { markAllNotificationsRead } from './notifications/mark-all-read.js';
import { markNotificationRead } from './notifications/mark-read.js';
import { sendNotifications } from './notifications/send.js';
import { channelPresence } from './presence/channel-presence.js';
import { changePassword } from './users/change-password.js';
import { deactivateUser } from './users/deactivate.js';
import { endSessionsOfUser } from './users/end-sessions.js';
import { getUser } from './users/get.js';
import { listUsers } from './users/list.js';
import { me } from './users/me.js';
import { removeSecondFactorOf } from './users/remove-second-factor.js';
import { searchUsers } from './users/search.js';
import { updateMe } from './users/update-me.js';
import { updateUser } from './users/update.js';

/** Every operation of the API. The first that fits a path serves it: fixed paths stand before those with a parameter. */
export const operations: readonly Operation[] = [
  register,
  login,
  logInWithSecondFactor,
  beginSecondFactorAtLogin,
  confirmSecondFactorAtLogin,
  refresh,
  logout,
  logoutAll,
  wsTicket,
  listSessions,
  endSession,
  profile,
  secondFactorState,
  beginSecondFactor,
  confirmSecondFactor,
  removeSecondFactor,
  renewRecoveryCodes,
  me,
  updateMe,
  changePassword,
  searchUsers,
  listUsers,
  getUser,
  updateUser,
  deactivateUser,
  endSessionsOfUser,
  removeSecondFactorOf,
  createChannel,
  listChannels,
  getChannel,
  updateChannel,
  archiveChannel,
  joinChannel,
  leaveChannel,
  openDm,
  markRead,
  listReceipts,
  listMembers,
  addMember,
  setMemberRole,
  removeMember,
  channelPresence,
  sendMessage,
  pageMessages,
  getMessage,
  editMessage,
  deleteMessage,
  react,
  takeBackReaction,
  listReplies,
  listChanges,
  sendNotifications,
  listNotifications,
  markAllNotificationsRead,
  markNotificationRead,
  eraseChannel,
  listDeadLetters,
  replayDeadLetter,
  dropDeadLetter,
  listAudit,
  createServiceKey,
  listServiceKeys,
  revokeServiceKey,
];
