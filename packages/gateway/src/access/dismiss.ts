import type { EndOfAccess } from '@storm/shared/contracts';
import { closeCodes, type CloseCode } from '@storm/shared/protocol';
import type { Member } from '../hub/member.js';

const farewells: Record<EndOfAccess, readonly [CloseCode, string]> = {
  session: [closeCodes.forbidden, 'the session has ended'],
  deactivated: [closeCodes.forbidden, 'the account is not active'],
  outdated: [closeCodes.unauthorized, 'the rights of this account have changed: get a fresh token'],
};

/** Closes a member whose token holds no more: with a fresh token, or not at all, it may come back. What it sent and still waits goes nowhere. */
export function dismiss(member: Member, reason: EndOfAccess): void {
  member.clearedIn = undefined;
  member.close(...farewells[reason]);
}
