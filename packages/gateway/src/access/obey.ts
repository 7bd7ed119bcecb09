import type { AccessEvent } from '@storm/shared/contracts';
import type { Member } from '../hub/member.js';
import { dismiss } from './dismiss.js';

/** Closes those of a user's sockets whose tokens hold no more, as an api says. */
export function obey(event: AccessEvent, members: Iterable<Member>): void {
  for (const member of members) {
    const { bearer } = member;
    if (!bearer) continue;
    if (event.kind === 'session-ended' && bearer.sid === event.sid) dismiss(member, 'session');
    if (event.kind === 'access-changed' && bearer.ver < event.ver) dismiss(member, event.isActive ? 'outdated' : 'deactivated');
  }
}
