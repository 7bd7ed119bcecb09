import type { ChangeKind } from '@storm/shared/contracts';
import { mayIn } from '@storm/shared/protocol';
import type { Store } from '@storm/store';
import { byChannel } from './by-channel.js';
import type { ChannelState } from './channel-state.js';
import { mentionedNames, nameKey, reactionKey, type Facts } from './facts.js';
import { claimOf, type OpenedChange } from './opened-change.js';

/**
 * Reads what deciding these changes needs and the states lack: memberships (into the states), named messages, users, and
 * claims to public names. Jobs of plain messages between known members ask for nothing.
 */
export async function collectFacts(
  changes: readonly OpenedChange[],
  states: ReadonlyMap<string, ChannelState>,
  store: Store,
): Promise<Facts> {
  const facts: Facts = {
    messages: new Map(),
    reacted: new Set(),
    activeUsers: new Set(),
    userByName: new Map(),
    namesHeld: new Set(),
  };
  const names = [...new Set(changes.flatMap(({ body }) => ('text' in body ? mentionedNames(body.text) : [])))];
  if (names.length > 0) {
    for (const user of await store.users.byUsernamesLower(names)) facts.userByName.set(user.usernameLower, user._id);
  }

  const groups = byChannel(changes);
  await Promise.all([
    ...[...groups].map(([channelId, group]) => readMembers(group, states.get(channelId), facts, store)),
    ...[...groups].map(([channelId, group]) => readMessages(channelId, group, facts, store)),
    readUsers(changes, facts, store),
  ]);
  await Promise.all([...groups].map(([channelId, group]) => claimNames(group, states.get(channelId), facts, store)));
  return facts;
}

async function readMembers(
  group: readonly OpenedChange[],
  state: ChannelState | undefined,
  facts: Facts,
  store: Store,
): Promise<void> {
  if (!state?.settings) return;
  const wanted = new Set<string>();
  for (const { senderId, body } of group) {
    wanted.add(senderId);
    if ('userId' in body) wanted.add(body.userId);
    if ('text' in body) for (const name of mentionedNames(body.text)) wanted.add(facts.userByName.get(name) ?? senderId);
  }
  const unknown = [...wanted].filter((userId) => !state.members.has(userId));
  if (unknown.length === 0) return;
  const found = await store.memberships.of(state.channelId, unknown);
  for (const userId of unknown) {
    const stored = found.get(userId);
    state.members.set(userId, stored && !stored.leftAt ? { role: stored.role, joinedAt: stored.joinedAt.getTime() } : null);
  }
}

async function readMessages(channelId: string, group: readonly OpenedChange[], facts: Facts, store: Store): Promise<void> {
  const ids = group.flatMap(({ body }) =>
    'id' in body ? [body.id] : body.kind === 'message' && body.threadId ? [body.threadId] : [],
  );
  if (ids.length === 0) return;
  for (const row of await store.timeline.messagesById(channelId, [...new Set(ids)]))
    facts.messages.set(`${channelId} ${row.id}`, row);
  const reactions = group.flatMap(({ senderId: userId, body }) => {
    const position = body.kind === 'reaction' ? facts.messages.get(`${channelId} ${body.id}`)?.position : undefined;
    return body.kind === 'reaction' && position !== undefined ? [{ channelId, position, userId, emoji: body.emoji }] : [];
  });
  if (reactions.length === 0) return;
  for (const { position, userId, emoji } of await store.reactions.active(reactions))
    facts.reacted.add(reactionKey(channelId, position, userId, emoji));
}

async function readUsers(changes: readonly OpenedChange[], facts: Facts, store: Store): Promise<void> {
  const ids = changes.flatMap(({ body }) => (body.kind === 'add' || body.kind === 'dm' ? [body.userId] : []));
  if (ids.length === 0) return;
  for (const user of await store.users.byIds([...new Set(ids)])) if (user.isActive) facts.activeUsers.add(user._id);
}

/**
 * Reserves before the row is inserted: the unique index on names decides between two who want the same. In the order of the
 * changes, as the last claim of a name is the one that counts.
 */
async function claimNames(
  group: readonly OpenedChange[],
  state: ChannelState | undefined,
  facts: Facts,
  store: Store,
): Promise<void> {
  for (const change of group) {
    const wanted = wantedName(change, group, state);
    if (wanted === undefined) continue;
    const claim = await store.names.reserve(wanted.toLowerCase(), change.channelId, claimOf(change));
    if (claim === 'held-by-other') facts.namesHeld.add(nameKey(change.channelId, wanted));
  }
}

/**
 * The public name that a change would take. Only of those who may, or might by what stands in the same job, so that nobody
 * else keeps it from others for a moment; and not the name that the channel bears and keeps, whose claim is its row's.
 */
function wantedName(
  { senderId, senderRole, body }: OpenedChange,
  group: readonly OpenedChange[],
  state: ChannelState | undefined,
): string | undefined {
  const settings = state?.settings;
  if (body.kind === 'create') return body.type === 'public' && !settings ? body.name : undefined;
  if (body.kind !== 'rename' || body.name === undefined || settings?.isArchived) return undefined;
  const isPublic = settings ? settings.type === 'public' : group.some((other) => other.body.kind === 'create');
  const may = mayIn('channel.update', state?.members.get(senderId)?.role, senderRole);
  const might = group.some((other) => grants.has(other.body.kind));
  if (!isPublic || !(may || might)) return undefined;
  const bears = settings?.name?.toLowerCase();
  const stays = group.every((other) => other.body.kind !== 'rename' || (other.body.name?.toLowerCase() ?? bears) === bears);
  return bears === body.name.toLowerCase() && stays ? undefined : body.name;
}

/** What makes someone of a channel one who may rename it. */
const grants = new Set<ChangeKind>(['create', 'add', 'role']);
