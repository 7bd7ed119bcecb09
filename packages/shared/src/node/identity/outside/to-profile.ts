import type { OutsideProfile } from '../../../contracts/index.js';
import { DisplayName, Email } from '../../../protocol/index.js';

const usernameMax = 256;
const displayNameMax = 64;

/** What of it can be used here; what can't is left out. A name that is too long is cut. */
export function toProfile(said: { username?: unknown; email?: unknown; displayName?: unknown }): OutsideProfile {
  const username = textOf(said.username)?.slice(0, usernameMax);
  const email = Email.safeParse(said.email);
  const displayName = DisplayName.safeParse(cut(textOf(said.displayName) ?? '', displayNameMax));
  return {
    ...(username ? { username } : {}),
    ...(email.success ? { email: email.data } : {}),
    ...(displayName.success ? { displayName: displayName.data } : {}),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value.trim() : undefined);

/** At most `max` UTF-16 units, and no half of a character at the end. */
const cut = (text: string, max: number): string =>
  text
    .slice(0, max)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd();
