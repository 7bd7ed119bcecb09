/** What a Redis server says of pub/sub by itself: what it is, and of which pub/sub channel. */
export interface RedisPush {
  kind: 'message' | 'subscribe' | 'unsubscribe';
  channel: string;
  /** Channels that the link is subscribed to from now on; undefined for a message. */
  subscriptions: number | undefined;
}

const kinds: Readonly<Record<string, RedisPush['kind']>> = {
  message: 'message',
  smessage: 'message',
  pmessage: 'message',
  subscribe: 'subscribe',
  ssubscribe: 'subscribe',
  psubscribe: 'subscribe',
  unsubscribe: 'unsubscribe',
  sunsubscribe: 'unsubscribe',
  punsubscribe: 'unsubscribe',
};

/**
 * Reads a whole RESP value as a push of pub/sub; undefined for anything else. In RESP 3 they have a type of their own; in RESP 2
 * they are arrays like other answers, so that only the state of the link can tell.
 */
export function readPush(value: Buffer): RedisPush | undefined {
  if (value[0] !== char('>') && value[0] !== char('*')) return undefined;
  const name = stringAt(value, endOfLine(value, 0));
  const kind = kinds[name?.text ?? ''];
  if (!name || !kind) return undefined;
  // `pmessage` says first which pattern fits.
  const channel = stringAt(value, name.text === 'pmessage' ? (stringAt(value, name.end)?.end ?? value.length) : name.end);
  if (kind === 'message') return channel && { kind, channel: channel.text, subscriptions: undefined };
  const subscriptions = Number(/:(\d+)\r\n$/.exec(value.toString('latin1'))?.[1]);
  return Number.isNaN(subscriptions) ? undefined : { kind, channel: channel?.text ?? '', subscriptions };
}

const char = (text: string): number => text.charCodeAt(0);

const endOfLine = (value: Buffer, at: number): number => value.indexOf('\r\n', at) + 2;

/** The bulk string that begins at `at`, and where it ends. */
function stringAt(value: Buffer, at: number): { text: string; end: number } | undefined {
  if (value[at] !== char('$')) return undefined;
  const begin = endOfLine(value, at);
  const length = Number(value.toString('latin1', at + 1, begin - 2));
  return length < 0 ? undefined : { text: value.toString('latin1', begin, begin + length), end: begin + length + 2 };
}
