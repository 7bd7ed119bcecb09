import type { ChangeKind, IntakeVerdict } from '@storm/shared/contracts';
import type { Store } from '@storm/store';
import type { ChannelKeys } from '../crypto/channel-keys.js';
import type { ChannelHeads } from '../questions/channel-heads.js';
import { readable } from '../questions/readable.js';
import { channelState } from './channel-view.js';
import type { OpenedChange } from './opened-change.js';

interface Options {
  store: Store;
  keys: ChannelKeys;
  heads: ChannelHeads;
}

/**
 * The state after, for an asker that wants it: the message, the channel or the membership that the change is about. A change
 * that was made before is answered with the state of now, and so only to who may see that still.
 */
export async function stateAfter(
  change: OpenedChange,
  verdict: IntakeVerdict,
  options: Options,
): Promise<IntakeVerdict['state']> {
  const { store } = options;
  const { channelId, senderId, body } = change;
  if (verdict.status === 'duplicate' && !(await maySee(change, store))) return undefined;
  switch (body.kind) {
    case 'message':
    case 'edit':
    case 'reaction':
    case 'delete': {
      const rows = verdict.id ? await store.timeline.messagesById(channelId, [verdict.id]) : [];
      const [message] = await readable(channelId, rows, options, { readerId: senderId });
      return message && { message };
    }
    case 'add':
    case 'role':
    case 'remove':
      return { member: await member(channelId, body.userId, store) };
    default:
      return channel(channelId, senderId, options);
  }
}

/** Changes whose state is the channel, as everybody who may see it sees it. */
const ofChannel = new Set<ChangeKind>(['create', 'dm', 'join', 'leave', 'rename', 'archive', 'erase']);

/** What is in a channel is for its members; a public one itself for all. Admins see any, but for its messages. */
async function maySee({ channelId, senderId, senderRole, body }: OpenedChange, store: Store): Promise<boolean> {
  const mine = (await store.memberships.of(channelId, [senderId])).get(senderId);
  if (mine && !mine.leftAt) return true;
  if (body.kind === 'message') return false;
  if (senderRole === 'admin') return true;
  return ofChannel.has(body.kind) && (await store.channels.read([channelId])).get(channelId)?.type === 'public';
}

async function member(channelId: string, userId: string, store: Store) {
  const found = (await store.memberships.of(channelId, [userId])).get(userId);
  return found && !found.leftAt ? { userId, role: found.role, joinedAt: found.joinedAt.getTime() } : null;
}

async function channel(channelId: string, userId: string, { store, heads }: Options): Promise<IntakeVerdict['state']> {
  const stored = (await store.channels.read([channelId])).get(channelId);
  if (!stored) return undefined;
  const head = (await heads.of([channelId])).get(channelId) ?? { seq: 0, position: 0 };
  const state = channelState(stored, head);
  const mine = (await store.memberships.of(channelId, [userId])).get(userId);
  if (!mine || mine.leftAt) return { channel: state };
  const { role: myRole, readPosition } = mine;
  const counted = await store.timeline.countMentions(userId, [{ channelId, from: readPosition, to: head.position }]);
  const [unread, mentions] = [Math.max(0, head.position - readPosition), counted.get(channelId) ?? 0];
  return { channel: { ...state, myRole, readPosition, unread, mentions } };
}
