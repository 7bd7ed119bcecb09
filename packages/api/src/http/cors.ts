import cors, { type CorsOptions, type CorsRequest } from 'cors';

interface Options {
  origins: readonly string[];
  /** Are cookies switched on? Then pages of these origins may send theirs along. */
  credentials: boolean;
}

/** Browsers on the listed origins may call; all others get no CORS header. */
export function corsFor({ origins, credentials }: Options) {
  const allowed = [...origins];
  return cors((request: CorsRequest, done: (error: null, options: CorsOptions) => void) => {
    const { origin = '' } = request.headers;
    done(null, { ...options, origin: allowed, credentials: credentials && allowed.includes(origin) });
  });
}

const options: CorsOptions = {
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: [
    'Authorization',
    'Content-Type',
    'Idempotency-Key',
    'Prefer',
    'X-CSRF-Token',
    'X-Request-Id',
    'X-Storm-Cookies',
  ],
  exposedHeaders: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'Preference-Applied', 'X-Storm-Slow-Down'],
  maxAge: 600,
};
