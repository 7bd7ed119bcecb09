import { randomBytes, randomUUID } from 'node:crypto';
import type { ChangeBody } from '@storm/shared/contracts';
import type { ChannelRole } from '@storm/shared/protocol';
import type { ChannelState, Settings } from '../../src/changes/channel-state.js';
import type { Facts } from '../../src/changes/facts.js';
import { canonicalBody, type OpenedChange } from '../../src/changes/opened-change.js';

/** An id as it may stand in a job: a letter for the kind of thing, and 22 more that begin with its name here. */
export const idOf = (letter: 'c' | 'd' | 'm' | 'u', name: string): string => letter + name.padEnd(22, '_').slice(0, 22);

let count = 0;

/** A change as it comes out of a job. */
export function opened(body: ChangeBody, fields: Partial<OpenedChange> = {}): OpenedChange {
  return {
    channelId: idOf('c', 'room'),
    senderId: idOf('u', 'ann'),
    changeId: randomUUID(),
    senderRole: 'member',
    wantsState: false,
    index: count++,
    intakeId: randomBytes(12).toString('base64url'),
    body,
    canonical: canonicalBody(body),
    ...fields,
  };
}

export const message = (text = 'hello', threadId: string | null = null): ChangeBody => ({
  kind: 'message',
  text,
  threadId,
  clientTs: 1_700_000_000_000,
});

export interface StateOptions extends Partial<Omit<ChannelState, 'settings' | 'members'>> {
  settings?: Partial<Settings> | null;
  /** By the id of the user. */
  members?: Record<string, ChannelRole>;
}

/** A channel as a worker holds it: public, quiet, read a moment ago, unless told otherwise. */
export function stateOf({ settings = {}, members = {}, ...fields }: StateOptions = {}): ChannelState {
  const joined = Object.entries(members).map(([userId, role]) => [userId, { role, joinedAt: 1 }] as const);
  return {
    channelId: idOf('c', 'room'),
    seq: 10,
    position: 5,
    fresh: true,
    settings: settings && {
      type: 'public',
      name: 'Room',
      description: null,
      createdBy: idOf('u', 'ann'),
      memberCount: joined.length,
      isArchived: false,
      isErased: false,
      createdAt: 1,
      ...settings,
    },
    members: new Map(joined),
    ...fields,
  };
}

export const factsOf = (facts: Partial<Facts> = {}): Facts => ({
  messages: new Map(),
  reacted: new Set(),
  activeUsers: new Set(),
  userByName: new Map(),
  namesHeld: new Set(),
  ...facts,
});
