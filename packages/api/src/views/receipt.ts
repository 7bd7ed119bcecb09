import type { Receipt } from '@storm/shared/protocol';
import type { Membership } from '@storm/store';
import { isoOrNull } from './iso.js';

export const toReceipt = ({ userId, readPosition, readAt }: Membership): Receipt => ({
  userId,
  position: readPosition,
  readAt: isoOrNull(readAt),
});
