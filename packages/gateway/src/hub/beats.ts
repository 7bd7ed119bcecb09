import { Beat, beatAad, type RedisNames } from '@storm/shared/contracts';
import { aadOf, type EventOpener, type Logger } from '@storm/shared/node';
import type { Hub } from './hub.js';
import type { Roster } from './roster.js';
import type { Subscriptions } from './subscriptions.js';

interface Options {
  subscriptions: Subscriptions;
  names: RedisNames;
  opener: EventOpener;
  hub: Hub;
  roster: Roster;
  log: Logger;
}

/** An event may be on its way when a beat names its seq: so long it may take, in milliseconds. */
const graceMs = 500;

/** Follows what workers say, every few seconds and per shard, of heads and memberships that moved: what pub/sub lost shows here. */
export function followBeats(options: Options): void {
  const { subscriptions, names } = options;
  const shards = Array.from({ length: names.shards }, (_, shard) => shard);
  subscriptions.keep(new Map(shards.map((shard) => [names.beat(shard), (message: Buffer) => receive(shard, message, options)])));
}

function receive(shard: number, message: Buffer, { opener, hub, roster, log }: Options): void {
  let beat: Beat;
  try {
    beat = Beat.parse(JSON.parse(opener.open(message, aadOf(...beatAad(shard))).toString()));
  } catch (error) {
    return log.warn({ err: error, shard }, 'a beat could not be read');
  }
  const behind = beat.heads.filter(([id, seq]) => (hub.channels.get(id)?.delivered ?? seq) < seq);
  if (behind.length > 0) {
    setTimeout(() => {
      for (const [id, seq] of behind) hub.catchUp(id, seq);
    }, graceMs).unref();
  }
  for (const { userId, channelId, seq, active } of latest(beat.members)) roster.compare(userId, channelId, seq, active);
}

/** A membership that moved twice is named twice: the later one counts. */
function latest(members: Beat['members']): Iterable<Beat['members'][number]> {
  const last = new Map<string, Beat['members'][number]>();
  for (const member of members) {
    const key = `${member.userId} ${member.channelId}`;
    if ((last.get(key)?.seq ?? -1) < member.seq) last.set(key, member);
  }
  return last.values();
}
