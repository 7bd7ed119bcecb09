import type { ClientEvent } from '@storm/shared/protocol';
import { authenticate } from './authenticate.js';
import { channelRead } from './channel-read.js';
import type { Frame, FrameHandler } from './frame.js';
import { messageDelete } from './message-delete.js';
import { messageEdit } from './message-edit.js';
import { messageSend } from './message-send.js';
import { ping } from './ping.js';
import { presenceSet } from './presence-set.js';
import { presenceSubscribe } from './presence-subscribe.js';
import { presenceUnsubscribe } from './presence-unsubscribe.js';
import { reactionAdd, reactionRemove } from './reaction.js';
import { sync } from './sync.js';
import { typing } from './typing.js';

export type { FrameContext } from './frame.js';

const handlers: { [E in ClientEvent]: FrameHandler<E> } = {
  authenticate,
  ping,
  'message.send': messageSend,
  'message.edit': messageEdit,
  'message.delete': messageDelete,
  'reaction.add': reactionAdd,
  'reaction.remove': reactionRemove,
  typing,
  'presence.subscribe': presenceSubscribe,
  'presence.unsubscribe': presenceUnsubscribe,
  'presence.set': presenceSet,
  'channel.read': channelRead,
  sync,
};

/** Gives a frame to its event's handler. The payload must be that event's, parsed. */
export const handle = <E extends ClientEvent>(event: E, frame: Omit<Frame<E>, 'payload'> & { payload: unknown }) =>
  handlers[event](frame as Frame<E>);
