import type { Frame } from './frame.js';
import { requireMember } from './submit.js';

/** Takes in how far somebody has read; answered by `receipt.read` once it is stored, and by nothing where it is no news. */
export function channelRead({ connection, payload: { channelId, position }, context }: Frame<'channel.read'>): void {
  const { user } = requireMember(connection, channelId, context);
  context.intake.read({ channelId, userId: user.id, position });
}
