import { pino, type DestinationStream, type Logger } from 'pino';
import { bareError, hiddenNames, redact } from './redact.js';

export type { Logger } from 'pino';

/** JSON lines on stdout. Nothing that is secret shows, see `redact`; errors keep type, message and stack. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    formatters: { log: redact },
    // What the formatter does not see: what children are bound to, and what serializers make of a request and its answer.
    redact: {
      paths: [
        ...hiddenNames.map((name) => `["${name}"]`),
        'req.headers.authorization',
        'req.headers.cookie',
        'res.headers["set-cookie"]',
      ],
      censor: '[redacted]',
    },
    serializers: { err: bareError, error: bareError },
  };
  return destination ? pino(options, destination) : pino(options);
}
