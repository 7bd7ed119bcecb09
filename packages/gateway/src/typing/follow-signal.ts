import { TypingSignal, typingAad } from '@storm/shared/contracts';
import { aadOf, type EventOpener, type Logger } from '@storm/shared/node';
import type { Channel } from '../hub/channel.js';
import type { Typists } from './typists.js';

interface Options {
  opener: EventOpener;
  typists: Typists;
  log: Logger;
}

/** Takes what another gateway says of a channel; what is not sealed as it should be is dropped. */
export function followSignal(channel: Channel, message: Buffer, { opener, typists, log }: Options): void {
  let signal: TypingSignal;
  try {
    signal = TypingSignal.parse(JSON.parse(opener.open(message, aadOf(...typingAad(channel.id))).toString()));
  } catch (error) {
    return log.warn({ err: error, channelId: channel.id }, 'a signal could not be followed');
  }
  typists.receive(channel, signal);
}
