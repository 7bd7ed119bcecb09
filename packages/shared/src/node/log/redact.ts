import { stdSerializers } from 'pino';

/** Where secrets and text could sit, should someone log a whole object by mistake. */
export const hiddenNames = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'ticket',
  'challenge',
  'recoveryCodes',
  'csrfToken',
  'x-csrf-token',
  'uri',
  'cookies',
  'text',
  'secret',
  'authorization',
  'cookie',
  'set-cookie',
  'box',
  'key',
  'REDIS_URL',
  'MONGO_URL',
];
const hidden = new Set(hiddenNames.map((name) => name.toLowerCase()));

const deepest = 8;

/**
 * A copy of what is to be logged without what must not be: values under hidden names (in any case, at any depth), bytes, and
 * what libraries hang on errors. Instances of classes are left to their own `toJSON`, or to a serializer.
 */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactFields(fields, 0);
}

function redactFields(fields: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (hidden.has(name.toLowerCase())) copy[name] = '[redacted]';
    // The serializers of these two see the error itself.
    else if (depth === 0 && (name === 'err' || name === 'error')) copy[name] = value;
    else copy[name] = redactValue(value, depth + 1);
  }
  return copy;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return bareError(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth > deepest) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? redactFields(value, depth) : value;
}

/** Type, message and stack of an error; what is thrown as another thing shows its type alone. */
export function bareError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error;
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message: unquoted(message), stack: unquoted(stack) };
}

/** `JSON.parse` quotes what it could not read: a body, or a text that was just opened. */
const unquoted = (text: string): string => text.replace(/(\.{3})?"[^]*"(\.{3})? is not valid JSON/g, 'it is not valid JSON');
