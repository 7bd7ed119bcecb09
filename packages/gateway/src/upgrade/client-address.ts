/**
 * The client's address behind `hops` trusted proxies, each of which appended to `X-Forwarded-For` whom it heard from. What
 * stands further left is the client's own claim, and is not believed.
 */
export function clientAddress(remote: string | undefined, forwardedFor: string | undefined, hops: number): string {
  const heard = [...(forwardedFor ?? '').split(',').map((address) => address.trim()), remote ?? ''].filter(Boolean);
  return heard[Math.max(0, heard.length - 1 - hops)] ?? 'unknown';
}
