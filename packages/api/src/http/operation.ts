import type { AccessClaims, ActingScope, ServiceScope } from '@storm/shared/protocol';
import { z } from 'zod';
import type { Browser } from '../auth/cookies/browser.js';
import type { Actor, Service } from '../auth/service-keys/service.js';
import type { Context } from '../context.js';
import type { OpenPermission, Permission } from '../permissions.js';
import type { Reply } from './reply.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Tag = 'auth' | 'users' | 'channels' | 'members' | 'messages' | 'notifications' | 'admin';

/** What a request says beside its schemas' parts, already checked. */
export interface Caller {
  /** Absent where no identity is needed, and where a program calls in its own right. */
  user: Actor | undefined;
  /** The program that calls, in its own right or for `user`. */
  service: Service | undefined;
  /** The id of the change: the header `Idempotency-Key`, or one made here. */
  key: string;
  /** How long the caller wishes to wait, in milliseconds: `Prefer: wait`. */
  waitMs: number | undefined;
  address: string | null;
  device: string | null;
  /** What it says by way of cookies; undefined while they are switched off. */
  browser: Browser | undefined;
}

/** What came in, not yet parsed. */
export interface RawInput {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** One operation of the API: what the router, the OpenAPI document and the tests know of it. */
export interface Operation {
  method: Method;
  /** As Express writes it: `/channels/:channelId`. */
  path: string;
  tag: Tag;
  summary: string;
  permission: Permission;
  /** The scope by which service keys may call it; without one they may not. */
  services?: ServiceScope;
  request: { params: z.ZodType; query: z.ZodType; body: z.ZodType };
  /** What `data` is, by status. */
  response: Record<number, z.ZodType>;
  headers: readonly ('idempotency-key' | 'prefer' | 'x-storm-cookies')[];
  /**
   * The rule that it counts against beside the caller's general one; `sends` and `refresh` instead of that. By user, or by
   * address where no identity is needed; `refresh` by session.
   */
  limit?: 'login' | 'register' | 'refresh' | 'tickets' | 'sends';
  /** Parses and handles. Throws `ZodError` for what does not parse. */
  run(input: RawInput, caller: Caller, context: Context): Promise<Reply>;
}

/** Who a handler gets: somebody with an access token; whoever is acted for; nobody where a program calls in its own right. */
type UserOf<A extends Permission, S extends ServiceScope> = A extends OpenPermission
  ? undefined
  : [S] extends [never]
    ? AccessClaims
    : S extends ActingScope
      ? Actor
      : AccessClaims | undefined;

interface Spec<
  A extends Permission,
  S extends ServiceScope,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends Record<number, z.ZodType>,
> {
  method: Method;
  path: string;
  tag: Tag;
  summary: string;
  permission: A;
  services?: S;
  request?: { params?: P; query?: Q; body?: B };
  response: R;
  headers?: Operation['headers'];
  limit?: NonNullable<Operation['limit']>;
  handle: (
    request: Omit<Caller, 'user'> & {
      user: UserOf<A, S>;
      params: z.output<P>;
      query: z.output<Q>;
      body: z.output<B>;
    },
    context: Context,
  ) => Promise<Reply<z.input<R[keyof R & number]>>>;
}

const noFields = z.strictObject({});
const noBody = noFields.optional();

/** States one operation; its handler gets only what its schemas let through. Unknown fields are refused everywhere. */
export function operation<
  A extends Permission,
  R extends Record<number, z.ZodType>,
  S extends ServiceScope = never,
  P extends z.ZodType = typeof noFields,
  Q extends z.ZodType = typeof noFields,
  B extends z.ZodType = typeof noBody,
>({ request = {}, headers = [], handle, ...spec }: Spec<A, S, P, Q, B, R>): Operation {
  const { params = noFields, query = noFields, body = noBody } = request;
  const input = z.strictObject({ params, query, body });
  type Request = Parameters<typeof handle>[0];
  return {
    ...spec,
    headers,
    request: { params, query, body },
    async run(raw, caller, context) {
      const parsed = await input.parseAsync(raw);
      return handle({ ...caller, ...parsed } as Request, context);
    },
  };
}
