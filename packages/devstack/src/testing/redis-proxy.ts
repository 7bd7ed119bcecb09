import { readPush } from './redis-push.js';
import { RespFramer } from './resp-framer.js';
import { startProxy, type TcpProxy } from './tcp-proxy.js';

/** A proxy in front of a Redis that loses what is published, as pub/sub may, and nothing else. */
export interface RedisProxy {
  /** To connect to in place of the server's. */
  readonly url: string;
  /** The links, to be cut and stalled. */
  readonly tcp: TcpProxy;
  /** Messages of pub/sub on their way to subscribers. */
  readonly counts: { passed: number; lost: number };
  /** Is this message lost? Asked for each, by the name of its pub/sub channel. At first none is. */
  lose: (channel: string) => boolean;
  stop(): Promise<void>;
}

/** Resolves when it listens. Of a link that does not speak RESP nothing passes. */
export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const url = new URL(redisUrl);
  const target = { host: url.hostname, port: Number(url.port || 6379) };
  const tcp = await startProxy({ target, rewriteDown: () => thinned() });
  url.host = `${tcp.host}:${tcp.port}`;
  const proxy: RedisProxy = {
    url: url.href,
    tcp,
    counts: { passed: 0, lost: 0 },
    lose: () => false,
    stop: () => tcp.stop(),
  };

  /** What becomes of the server's words on one link. */
  function thinned(): (chunk: Buffer) => Buffer {
    const framer = new RespFramer();
    let isSubscribed = false;
    return (chunk) => Buffer.concat(framer.push(chunk).filter(passes));

    function passes(value: Buffer): boolean {
      const push = readPush(value);
      if (push?.subscriptions !== undefined) isSubscribed = push.subscriptions > 0;
      if (push?.kind !== 'message' || !isSubscribed) return true;
      const isLost = proxy.lose(push.channel);
      proxy.counts[isLost ? 'lost' : 'passed'] += 1;
      return !isLost;
    }
  }

  return proxy;
}
