import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Where secrets and text could sit in what is logged, should someone log a whole object by mistake. */
const redacted = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'ticket',
  'text',
  'secret',
  'authorization',
  'cookie',
  'box',
  'key',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** JSON lines on stdout. Errors keep type, message and stack, and lose what libraries hang on them (queries, commands). */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    redact: {
      paths: [...redacted, 'req.headers.authorization', 'req.headers.cookie', 'res.headers["set-cookie"]'],
      censor: '[redacted]',
    },
    serializers: { err: bareError, error: bareError },
  };
  return destination ? pino(options, destination) : pino(options);
}

function bareError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error;
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack };
}
