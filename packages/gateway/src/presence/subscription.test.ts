import { expect, it } from 'vitest';
import { changedFrames } from './changed-frames.js';
import { Subscription, type Watcher } from './subscription.js';
import { Watched } from './watched.js';

const at = (status: 'online' | 'away' | 'offline', version: number, seen: number | null = null) => ({ status, version, seen });

/** A connection whose outbox has room, or not. */
function aWatcher() {
  const got: Buffer[] = [];
  const room = { there: true };
  const watcher: Watcher = {
    closed: false,
    bearer: { sub: 'ub' },
    clearedIn: 1,
    send: () => undefined,
    pushEphemeral(frame) {
      if (room.there) got.push(frame);
      return room.there;
    },
  };
  return { watcher, got, room };
}

it('holds what was published last, whatever was read or came late', () => {
  const watched = new Watched('ua');
  const view = () => watched.viewFor(true);
  expect(watched.hear(at('online', 5))).toBe(true);
  expect(watched.hear(at('offline', 4, 100))).toBe(false);
  expect(watched.read(at('offline', 3, 100), 2)).toBe(false); // a change was heard while it was read
  expect(view()).toEqual({ userId: 'ua', status: 'online', lastSeenAt: null });
  expect(watched.read(at('offline', 4, 100), 5)).toBe(true); // Redis lost its data: what it has now counts
  expect(view()).toEqual({ userId: 'ua', status: 'offline', lastSeenAt: 100 });
  expect(watched.hear(at('online', 6))).toBe(true);
  expect(watched.hear(at('offline', 7, 200))).toBe(true);
  expect(view()).toEqual({ userId: 'ua', status: 'offline', lastSeenAt: 200 });
});

it('keeps the later of two times of which it is told', () => {
  const watched = new Watched('ua');
  expect(watched.isSeenUnknown).toBe(true);
  watched.noteSeen(null);
  expect([watched.isSeenUnknown, watched.viewFor(true).lastSeenAt]).toEqual([false, null]);
  watched.read(at('offline', 1, 50), 0);
  watched.noteSeen(40);
  expect(watched.viewFor(true).lastSeenAt).toBe(50);
});

it('shows nothing to who may not know', () => {
  const watched = new Watched('ua');
  watched.hear(at('away', 1));
  expect(watched.viewFor(false)).toEqual({ userId: 'ua', status: 'offline', lastSeenAt: null });
  watched.hear(at('offline', 2, 100));
  expect(watched.viewFor(false)).toEqual({ userId: 'ua', status: 'offline', lastSeenAt: null });
});

it('tells what the client does not know yet, after the snapshot, and again what was dropped', () => {
  const { watcher, got, room } = aWatcher();
  const watched = new Watched<Subscription>('ua');
  const subscription = new Subscription(watcher, watched);
  const tell = () => subscription.tell(watched.viewFor(true), changedFrames());
  watched.hear(at('online', 1));
  expect([tell(), got.length]).toEqual([true, 0]); // the snapshot will say it
  subscription.begin(watched.viewFor(true));
  expect([tell(), got.length]).toEqual([true, 0]);
  watched.hear(at('away', 2));
  room.there = false;
  expect([tell(), got.length]).toEqual([false, 0]);
  room.there = true;
  expect([tell(), tell(), got.length]).toEqual([true, true, 1]);
  expect(got.map(payloadOf)).toEqual([{ userId: 'ua', status: 'away', lastSeenAt: null }]);
});

it('makes one frame for all who see the same, and another for who sees another', () => {
  const frameOf = changedFrames();
  const [first, same] = [frameOf(seenAs('away')), frameOf(seenAs('away'))];
  expect(same).toBe(first);
  expect([seenAs('dnd'), seenAs('away'), { ...seenAs('away'), userId: 'ub' }].map((view) => payloadOf(frameOf(view)))).toEqual([
    seenAs('dnd'),
    seenAs('away'),
    { ...seenAs('away'), userId: 'ub' },
  ]);
});

const seenAs = (status: 'away' | 'dnd') => ({ userId: 'ua', status, lastSeenAt: null });

/** Of a frame that is shorter than 126 bytes, whose head takes two. */
const payloadOf = (frame: Buffer): unknown => (JSON.parse(frame.toString('utf8', 2)) as { payload: unknown }).payload;
