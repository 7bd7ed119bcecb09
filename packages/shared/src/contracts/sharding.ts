/** Which shard a chat channel belongs to: FNV-1a (32 bits) of its id, modulo the count that was fixed at first boot. */
export function shardOf(channelId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < channelId.length; i++) hash = Math.imul(hash ^ channelId.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}
