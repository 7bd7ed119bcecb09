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
  'channel.read': 'How far one has read; only forward counts, and there is no verdict',
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
  'receipt.read': 'Somebody has read up to a position',
  'channel.changed': 'Settings or members of a channel changed, `from`–`seq`',
  'channel.joined': 'One is a member of a channel now',
  'channel.left': 'One is no member any more',
  'sync.changes': 'A page of what changed in a channel',
  'sync.done': 'All pages of a channel came; live events go on',
  'session.expiring': 'The token ends then, and the connection with it',
  slow_down: 'The queue is long: send less',
  'connection.closing': 'The gateway stops: come back after this delay',
  error: 'A frame was refused',
};
