import type { Frame } from './frame.js';
import { submit } from './submit.js';

type ReactionFrame = Frame<'reaction.add' | 'reaction.remove'>;

/** Handlers of `reaction.add` and `reaction.remove`. */
export const reactionAdd = (frame: ReactionFrame): void => react(frame, true);
export const reactionRemove = (frame: ReactionFrame): void => react(frame, false);

function react({ connection, payload, requestId, context }: ReactionFrame, added: boolean): void {
  const { changeId, channelId, id, emoji } = payload;
  const body = { kind: 'reaction' as const, id, emoji, added };
  submit({ connection, requestId, context, channelId, changeId, body, named: { changeId } });
}
