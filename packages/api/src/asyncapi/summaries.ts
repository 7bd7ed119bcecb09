import type { ClientEvent, ServerEvent } from '@storm/shared/protocol';

/** What each frame is for, in a line. */
export const fromClients: Record<ClientEvent, string> = {
  authenticate: 'Who it is, within 5 s; and again, with a fresh token, before the old one ends',
  ping: 'Is anybody there?',
  'message.send': 'A new message; the same again, under the same `messageId`, is always safe',
  'message.edit': 'Another text for a message of one’s own',
  'message.delete': 'Takes the text of a message away',
  'reaction.add': 'Reacts to a message',
  'reaction.remove': 'Takes a reaction back',
  typing: 'Types in a channel, or no more; said again every second or two',
  'presence.subscribe': 'How are these users, and tell what changes',
  'presence.unsubscribe': 'No more of these users',
  'presence.set': 'What others are to see of one',
  sync: 'What changed in these channels since these `seq`s?',
};

export const fromServer: Record<ServerEvent, string> = {
  'connection.ready': 'Who one is, and how far one’s channels are',
  'channels.more': 'More of one’s channels',
  pong: 'Answers `ping`',
  'message.ack': 'A change is queued',
  'message.result': 'What became of a change: exactly one follows each ack',
  'message.new': 'Somebody sent a message',
  'message.updated': 'A message has another text',
  'message.deleted': 'A message has lost its text',
  'message.reactions': 'Somebody reacted to a message, or took it back',
  'channel.changed': 'Settings or members of a channel changed, `from`–`seq`',
  'channel.joined': 'One is a member of a channel now',
  'channel.left': 'One is no member any more',
  'user.changed': 'One’s own names changed',
  notification: 'One is mentioned, written to, or told something by a program',
  'sync.changes': 'A page of what changed in a channel',
  'sync.done': 'All pages of a channel came; live events go on',
  typing: 'Somebody types in a channel, or no more',
  'presence.snapshot': 'How users are now: answers `presence.subscribe`',
  'presence.changed': 'A user is seen otherwise',
  'session.expiring': 'The token ends then, and the connection with it',
  slow_down: 'The queue is long: send less',
  'connection.closing': 'The gateway stops: come back after this delay',
  error: 'A frame was refused',
};
