import type { Member, MemberState } from '@storm/shared/protocol';
import type { Membership } from '@storm/store';
import { iso } from './iso.js';

export const toMember = ({ userId, role, joinedAt }: MemberState | Membership): Member => ({
  userId,
  role,
  joinedAt: iso(joinedAt),
});
