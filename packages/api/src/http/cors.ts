import cors from 'cors';

/** Browsers on the listed origins may call; all others get no CORS header. Tokens travel in `Authorization`: no cookies. */
export const corsFor = (origins: readonly string[]) =>
  cors({
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Prefer', 'X-Request-Id'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'Preference-Applied', 'X-Storm-Slow-Down'],
    maxAge: 600,
  });
