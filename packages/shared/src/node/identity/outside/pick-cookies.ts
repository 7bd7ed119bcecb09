/** Of a `Cookie` header the cookies of these names, as they came; undefined when there is none of them. */
export function pickCookies(header: string | undefined, names: ReadonlySet<string>): string | undefined {
  if (header === undefined || names.size === 0) return undefined;
  const pairs = header.split(';').map((pair) => pair.trim());
  const picked = pairs.filter((pair) => names.has(pair.slice(0, Math.max(0, pair.indexOf('=')))));
  return picked.length > 0 ? picked.join('; ') : undefined;
}
