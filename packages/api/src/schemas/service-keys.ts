import { IsoTime, ServiceKeyId, ServiceKeyName, UserId } from '@storm/shared/protocol';
import { z } from 'zod';

export const ServiceKeyPath = z.strictObject({ keyId: ServiceKeyId });

/** A service key as admins see it: never its secret. */
export const ServiceKeyView = z.strictObject({
  id: ServiceKeyId,
  name: ServiceKeyName,
  scopes: z.array(z.string()),
  /** The only users that it may act for; null: everyone but admins and moderators, where its scopes let it act at all. */
  actsFor: z.array(UserId).nullable(),
  createdBy: UserId,
  createdAt: IsoTime,
  expiresAt: IsoTime.nullable(),
  revokedAt: IsoTime.nullable(),
  /** Right to the minute. */
  lastUsedAt: IsoTime.nullable(),
});

/** With the key itself, this once. */
export const NewServiceKey = ServiceKeyView.extend({ key: z.string() });
