import type { AccessClaims } from '@storm/shared/protocol';
import type { Session } from '@storm/store';
import type { z } from 'zod';
import type { SessionView } from '../schemas/sessions.js';
import { iso } from './iso.js';

export const toSessionView = (session: Session, viewer: AccessClaims): z.infer<typeof SessionView> => ({
  id: session._id,
  device: session.device,
  address: session.address,
  createdAt: iso(session.createdAt),
  lastUsedAt: iso(session.lastUsedAt),
  expiresAt: iso(session.expiresAt),
  current: session._id === viewer.sid,
});
