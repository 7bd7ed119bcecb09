import { expect, it } from 'vitest';
import { mayIn, type ChannelAction } from './channel-permissions.js';

const channelRoles = ['owner', 'moderator', 'member', undefined] as const;
const platformRoles = ['member', 'moderator', 'admin'] as const;

it.each<[ChannelAction, string]>([
  // Rows: owner, moderator, member and nobody of the channel; in each the platform's member, moderator and admin.
  ['message.delete.any', 'yyy yyy nyy nyy'],
  ['member.add', 'yyy yyy nny nny'],
  ['member.remove', 'yyy yyy nny nny'],
  ['member.role', 'yyy nny nny nny'],
  ['channel.update', 'yyy yyy nny nny'],
  ['channel.archive', 'yyy nny nny nny'],
  ['channel.erase', 'nny nny nny nny'],
])('%s', (action, expected) => {
  const actual = channelRoles.map((inChannel) => platformRoles.map((on) => (mayIn(action, inChannel, on) ? 'y' : 'n')).join(''));
  expect(actual.join(' ')).toBe(expected);
});
