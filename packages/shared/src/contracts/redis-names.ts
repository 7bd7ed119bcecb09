import { shardOf } from './sharding.js';

/**
 * Every name that Storm uses in Redis, in one place. What belongs to a chat channel carries the hash tag of its shard
 * (`{s3}`), so that a script may touch several of a channel's keys on a Redis Cluster.
 *
 * @param namespace what all names begin with, so that several deployments can share a Redis
 */
export class RedisNames {
  constructor(
    readonly namespace: string,
    readonly shards: number,
  ) {}

  shardOf(channelId: string): number {
    return shardOf(channelId, this.shards);
  }

  /** Hash `{epoch, shards}`: the worker's mirror of what MongoDB has. */
  get meta(): string {
    return `${this.namespace}:meta`;
  }

  /** BullMQ prefix of a shard's queues; the queues themselves are the `lanes`. */
  shardPrefix(shard: number): string {
    return `${this.namespace}:${this.#tag(shard)}`;
  }

  /** BullMQ prefix of the queue of questions. */
  get queryPrefix(): string {
    return `${this.namespace}:{query}`;
  }

  /** Hash `{seq, position}`: how far the channel is published. Of one life of the database. */
  head(channelId: string, epoch: string): string {
    return `${this.#channel(channelId)}:head:${epoch}:${channelId}`;
  }

  /** Stream of the channel's last sealed events, ids `<seq>-0`. */
  log(channelId: string, epoch: string): string {
    return `${this.#channel(channelId)}:log:${epoch}:${channelId}`;
  }

  /** Pub/sub: the sealed events of a chat channel. */
  events(channelId: string): string {
    return `${this.#channel(channelId)}:events:${channelId}`;
  }

  /** Pub/sub: what moved lately in a shard, every few seconds. */
  beat(shard: number): string {
    return `${this.shardPrefix(shard)}:beat`;
  }

  /** Sorted set of channels by the time (ms) at which a change of theirs was taken in hand. */
  moved(shard: number): string {
    return `${this.shardPrefix(shard)}:moved`;
  }

  /** Sorted set of `userId channelId seq active` by the time (ms) at which the membership moved. */
  movedMembers(shard: number): string {
    return `${this.shardPrefix(shard)}:moved-members`;
  }

  /** Hash entry index → deaths: what was alone under way when a worker died. */
  suspects(shard: number, jobId: string): string {
    return `${this.shardPrefix(shard)}:suspects:${jobId}`;
  }

  /** Pub/sub: what concerns one user's own connections. */
  user(userId: string): string {
    return `${this.namespace}:user:${userId}`;
  }

  /** Pub/sub: verdicts and answers for one process. */
  reply(processId: string): string {
    return `${this.namespace}:reply:${processId}`;
  }

  /** Expires when no worker has lived for a few seconds. */
  get workerAlive(): string {
    return `${this.namespace}:worker-alive`;
  }

  /** Held by the worker that sweeps. */
  get sweepLease(): string {
    return `${this.namespace}:sweep`;
  }

  /** Held by the worker that beats. */
  get beatLease(): string {
    return `${this.namespace}:beat-lease`;
  }

  /** Set while access tokens of an ended session may be about. */
  revokedSession(sessionId: string): string {
    return `${this.namespace}:revoked:${sessionId}`;
  }

  /** The least `ver` that access tokens of a user must have, while older ones may be about. */
  accessVersion(userId: string): string {
    return `${this.namespace}:access:${userId}`;
  }

  /** Which life of Redis holds all revocations that MongoDB has: without it, or with another one, Redis is not believed. */
  get revocationsLoaded(): string {
    return `${this.namespace}:revocations-loaded`;
  }

  /** Held by the api that brings revocations to Redis. */
  get revocationsLease(): string {
    return `${this.namespace}:revocations-lease`;
  }

  /** A single-use WebSocket ticket, by the hash of its secret. */
  ticket(hash: string): string {
    return `${this.namespace}:ticket:${hash}`;
  }

  /** Sorted set of a user's connections on all gateways, each with the time (ms) until which its lease holds. */
  connectionsOf(userId: string): string {
    return `${this.namespace}:connections:${userId}`;
  }

  /** The same of an address' connections that have not said who they are. */
  unauthenticated(addressKey: string): string {
    return `${this.namespace}:unauthenticated:${addressKey}`;
  }

  /** Prefix of rate-limit counters. */
  get limits(): string {
    return `${this.namespace}:limit`;
  }

  #tag(shard: number): string {
    return `{s${shard}}`;
  }

  #channel(channelId: string): string {
    return this.shardPrefix(this.shardOf(channelId));
  }
}

export const questionsQueue = 'questions';
