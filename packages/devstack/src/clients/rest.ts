import { Failure, success, type Meta } from '@storm/shared/protocol';
import { z } from 'zod';

const Success = success(z.unknown());

/** The api refused: the code and message that it gave. */
export class Refused extends Error {
  override name = 'Refused';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(`${status} ${code}: ${message}`);
  }
}

export interface RestOptions {
  /** Of the api, without `/api/v1`. */
  baseUrl: string;
  accessToken?: string;
  /** Default: 10,000 ms. */
  timeoutMs?: number;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer<T> {
  status: number;
  data: T;
  meta: Meta;
}

/** Calls of the REST API by one user. Every answer is parsed: one of another shape than stated throws. */
export class Rest {
  constructor(private readonly options: RestOptions) {}

  /** The same for a user who has signed in. */
  as(accessToken: string): Rest {
    return new Rest({ ...this.options, accessToken });
  }

  /** Throws `Refused` for a failure that the api states, and what `fetch` throws when there is no answer. */
  async call<S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    { body, headers }: CallOptions = {},
  ): Promise<Answer<z.infer<S>>> {
    const { baseUrl, accessToken, timeoutMs = 10_000 } = this.options;
    const response = await fetch(`${baseUrl}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const envelope: unknown = await response.json();
    if (!response.ok) {
      const { error } = Failure.parse(envelope);
      throw new Refused(response.status, error.code, error.message);
    }
    const { data, meta } = Success.parse(envelope);
    return { status: response.status, data: schema.parse(data), meta };
  }
}
