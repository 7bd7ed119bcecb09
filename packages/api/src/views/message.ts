import type { Message, MessageState } from '@storm/shared/protocol';
import { iso, isoOrNull } from './iso.js';

export const toMessage = (state: MessageState): Message => ({
  ...state,
  clientTs: iso(state.clientTs),
  createdAt: iso(state.createdAt),
  editedAt: isoOrNull(state.editedAt),
  deletedAt: isoOrNull(state.deletedAt),
});
