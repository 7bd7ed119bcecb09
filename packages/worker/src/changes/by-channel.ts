/** Groups what belongs to channels, each group in the order it came. */
export function byChannel<T extends { channelId: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.channelId);
    if (group) group.push(item);
    else groups.set(item.channelId, [item]);
  }
  return groups;
}
