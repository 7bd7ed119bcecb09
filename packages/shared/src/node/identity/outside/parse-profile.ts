import { z } from 'zod';
import type { OutsideUser } from '../../../contracts/index.js';
import { toProfile } from './to-profile.js';

const Id = z.union([z.string().min(1).max(256), z.int().transform(String)]);

/** `sub`, or `id`, says which of its users; all else may be missing. The names are OpenID Connect's, and what else is common. */
const Profile = z
  .object({
    sub: Id,
    id: Id,
    preferred_username: z.unknown(),
    username: z.unknown(),
    email: z.unknown(),
    email_verified: z.unknown(),
    name: z.unknown(),
    displayName: z.unknown(),
  })
  .partial();

/** Who a profile is of. Throws an error that quotes nothing of it when it is none. */
export function parseProfile(body: string): Pick<OutsideUser, 'subject' | 'profile'> {
  const { data } = Profile.safeParse(jsonOf(body));
  const subject = data?.sub ?? data?.id;
  if (!data || subject === undefined) throw new Error('the answer is no profile with an id');
  const profile = toProfile({
    username: data.preferred_username ?? data.username,
    email: data.email_verified === false ? undefined : data.email,
    displayName: data.name ?? data.displayName,
  });
  return { subject, profile };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
