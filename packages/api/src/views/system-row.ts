import type { SystemChange } from '@storm/shared/protocol';
import type { SystemRow } from '../schemas/changes.js';
import { iso } from './iso.js';
import { toMember } from './member.js';

export const toSystemRow = ({ at, members, ...change }: SystemChange): SystemRow => ({
  ...change,
  ...(members ? { members: members.map(toMember) } : {}),
  at: iso(at),
});
