import { isControl, UserEvent, userEventAad } from '@storm/shared/contracts';
import { aadOf, openControl, type EventOpener, type KeyRing, type Logger } from '@storm/shared/node';
import type { ChannelState, PresenceStatus, ServerPayload } from '@storm/shared/protocol';
import type { Access } from '../access/access.js';
import { obey } from '../access/obey.js';
import type { LocalUser } from './local-user.js';

export interface UserEventOptions {
  opener: EventOpener;
  /** What apis say of a user carries a MAC under them. */
  intakeSecrets: KeyRing;
  access: Access;
  log: Logger;
  /** One of a user's devices chose what others see of it. */
  onStatus: (user: LocalUser, status: PresenceStatus) => void;
}

/** And what becomes of a user's memberships. */
export interface FollowOptions extends UserEventOptions {
  onJoined: (user: LocalUser, channel: ChannelState) => void;
  onLeft: (user: LocalUser, channelId: string, seq: number) => void;
}

/** Follows what is told of a user whose connections are here: by apis with a MAC, by workers and gateways sealed. Never throws. */
export function followUser(user: LocalUser, message: Buffer, options: FollowOptions): void {
  try {
    if (isControl(message)) followApi(user, message, options);
    else followWorker(user, message, options);
  } catch (error) {
    options.log.warn({ err: error }, 'an event to a user could not be followed'); // the next beat shows what it said
  }
}

function followApi(user: LocalUser, message: Buffer, { intakeSecrets, access }: FollowOptions): void {
  const event = openControl(message, user.id, intakeSecrets);
  switch (event.kind) {
    case 'notification':
      return tell(user, 'notification', event.notification, access);
    case 'notifications-read':
      return tell(user, 'notifications.read', event.read, access);
    case 'profile-changed':
      return tell(user, 'user.changed', { userId: user.id }, access);
    default:
      return obey(event, user.members);
  }
}

function followWorker(user: LocalUser, message: Buffer, { opener, access, onStatus, onJoined, onLeft }: FollowOptions): void {
  const event = UserEvent.parse(JSON.parse(opener.open(message, aadOf(...userEventAad(user.id))).toString()));
  switch (event.kind) {
    case 'notification':
      return tell(user, 'notification', event.notification, access);
    case 'status':
      return onStatus(user, event.status);
    case 'read': {
      const { channelId, position, readAt } = event;
      user.noteRead(channelId, position);
      // To its own devices, the one that reads and the others.
      if (user.channels.has(channelId)) tell(user, 'receipt.read', { channelId, userId: user.id, position, readAt }, access);
      return;
    }
    case 'joined':
      if (user.note(event.channelId, event.seq, true)) onJoined(user, event.channel);
      return;
    case 'left':
      if (user.note(event.channelId, event.seq, false)) onLeft(user, event.channelId, event.seq);
  }
}

type Told = 'notification' | 'notifications.read' | 'receipt.read' | 'user.changed';

/** Who is not ready, or whose access is in doubt, finds out by asking. */
function tell<E extends Told>(user: LocalUser, event: E, payload: ServerPayload<E>, access: Access): void {
  for (const member of user.members) if (member.isReady && access.isCurrent(member)) member.send(event, payload);
}
