import { limits } from '@storm/shared/protocol';

/**
 * `wait` of a `Prefer` header (RFC 7240), in whole seconds, at most 5; undefined when it is absent or makes no sense, for a
 * preference that can't be honoured is ignored.
 */
export function preferredWait(header: string | undefined): number | undefined {
  for (const preference of (header ?? '').split(/[,;]/)) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(preference)?.[1];
    if (seconds !== undefined && Number(seconds) > 0) return Math.min(Number(seconds), limits.waitSeconds);
  }
  return undefined;
}
