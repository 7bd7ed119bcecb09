import type { ServiceKey } from '@storm/store';
import type { z } from 'zod';
import type { ServiceKeyView } from '../schemas/service-keys.js';
import { iso, isoOrNull } from './iso.js';

export const toServiceKeyView = (key: ServiceKey): z.infer<typeof ServiceKeyView> => ({
  id: key._id,
  name: key.name,
  scopes: key.scopes,
  actsFor: key.actsFor,
  createdBy: key.createdBy,
  createdAt: iso(key.createdAt),
  expiresAt: isoOrNull(key.expiresAt),
  revokedAt: isoOrNull(key.revokedAt),
  lastUsedAt: isoOrNull(key.lastUsedAt),
});
