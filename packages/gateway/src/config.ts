import {
  checkOutside,
  checkVerifier,
  commonEnv,
  integer,
  intakeEnv,
  keyRingSchema,
  limitsEnv,
  list,
  outsideEnv,
  readEnv,
  tokenEnv,
} from '@storm/shared/node';
import { limits } from '@storm/shared/protocol';
import { z } from 'zod';

/** Every variable of the gateway. Bytes, milliseconds and counts as the names say. */
export const gatewayEnv = z
  .object({
    ...commonEnv,
    ...tokenEnv,
    ...outsideEnv,
    ...intakeEnv,
    ...limitsEnv,
    PORT: integer(3001, { max: 65_535 }),
    /** Opens events and the recent log. */
    EVENT_SECRETS: keyRingSchema,
    /** Origins that browsers may connect from, e.g. `https://chat.example.org`. Clients that send no Origin are not asked for one. */
    ALLOWED_ORIGINS: list,
    /** Proxies in front whose `X-Forwarded-For` is believed. */
    TRUST_PROXY: integer(0, { max: 10 }),
    /** Waiting bytes of one connection at which typing and presence are dropped. */
    OUTBOX_SOFT_BYTES: integer(256 * 1024, { min: 16 * 1024 }),
    /** Waiting bytes of one connection at which it is closed as too slow. */
    OUTBOX_HARD_BYTES: integer(1024 * 1024, { min: 128 * 1024 }),
    /** How long a connection may take nothing of what waits for it. */
    OUTBOX_STALL_MS: integer(10_000, { min: 100 }),
    /** How long a hole in a channel's events may stay before its members are sent away to sync. */
    HOLE_MS: integer(10_000, { min: 100 }),
    HEARTBEAT_MS: integer(limits.heartbeatMs, { min: 100 }),
    /** How long a new connection may take to say who it is. */
    AUTHENTICATE_MS: integer(limits.authenticateMs, { min: 100 }),
    /** How long before the end of its token a connection is told of it. */
    SESSION_EXPIRING_MS: integer(60_000, { min: 0 }),
    /** How long a connection may live, give or take a tenth; 0: as long as it likes. */
    MAX_CONNECTION_SECONDS: integer(24 * 60 * 60, { min: 0 }),
    /** How long a client may take to send the head of a request. */
    HTTP_TIMEOUT_MS: integer(10_000, { min: 100 }),
    /** On SIGTERM: over how long clients are told to spread their return, and how long they get to leave. */
    DRAIN_MS: integer(5_000, { min: 0 }),
    MAX_CONNECTIONS: integer(20_000, { min: 1 }),
    /** Chat channels with a local member. */
    MAX_CHANNELS: integer(100_000, { min: 1 }),
    /** Mean delay of the event loop over a second at which new connections are refused. */
    MAX_LOOP_LAG_MS: integer(250, { min: 1 }),
    /** Resident memory at which new connections are refused; 0: seven eighths of what the container may have, if that is known. */
    MAX_RSS_BYTES: integer(0, { min: 0 }),
    /** On all gateways together, as the next one. */
    MAX_UNAUTHENTICATED_PER_ADDRESS: integer(20, { min: 1 }),
    MAX_CONNECTIONS_PER_USER: integer(20, { min: 1 }),
    /** Of one connection, over all kinds of frames. */
    FRAMES_PER_MINUTE: integer(300, { min: 1 }),
  })
  .superRefine(checkVerifier)
  .superRefine(checkOutside);

export type GatewayConfig = z.infer<typeof gatewayEnv>;

/** Throws `EnvError` that names what is missing or wrong. */
export const readConfig = (env: Record<string, string | undefined>): GatewayConfig => readEnv(gatewayEnv, env);
