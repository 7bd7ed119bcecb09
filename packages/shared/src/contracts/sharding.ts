/** Is it a direct message? The first letter of a channel's id says which kind it is. */
export const isDm = (channelId: string): boolean => channelId.startsWith('d');

/**
 * The queues of a shard. Direct messages have their own, so that no flood in a channel holds them up; which one a change takes
 * follows from its channel's id alone, so that no channel's order is touched.
 */
export const changesQueue = 'changes';
export const dmsQueue = 'dms';
export const lanes = [changesQueue, dmsQueue] as const;
export type Lane = (typeof lanes)[number];
export const laneOf = (channelId: string): Lane => (isDm(channelId) ? dmsQueue : changesQueue);

/** Which shard a chat channel belongs to: FNV-1a (32 bits) of its id, modulo the count that was fixed at first boot. */
export function shardOf(channelId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < channelId.length; i++) hash = Math.imul(hash ^ channelId.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}
