import type { Presence } from '@storm/shared/protocol';
import { eventFrame } from '../outbox/frame.js';

/** Makes frames of `presence.changed`: one for all who see the same, and ask one after the other. */
export function changedFrames(): (view: Presence) => Buffer {
  let last: { view: Presence; frame: Buffer } | undefined;
  return (view) => {
    if (!last || !isSame(last.view, view)) last = { view, frame: eventFrame('presence.changed', view) };
    return last.frame;
  };
}

const isSame = (a: Presence, b: Presence): boolean =>
  a.userId === b.userId && a.status === b.status && a.lastSeenAt === b.lastSeenAt;
