import { describe, expect, it } from 'vitest';
import { createLogger, type Logger } from './logger.js';

/** What a logger writes. */
function capture(level = 'debug') {
  const lines: string[] = [];
  const log = createLogger('test', level, { write: (line: string) => void lines.push(line) });
  const last = () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
  return { log, lines, last };
}

const canary = 'zebra-crossing-7';

describe('what is logged', () => {
  it('is one JSON object a line, with service, level and time', () => {
    const { log, last, lines } = capture();
    log.info({ shard: 3 }, 'hello');
    expect(last()).toMatchObject({ service: 'test', level: 30, shard: 3, msg: 'hello', time: expect.any(Number) as number });
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
  });

  it('starts at the level that was asked for', () => {
    const { log, lines } = capture('warn');
    log.info('quiet');
    log.warn('loud');
    expect(lines).toHaveLength(1);
  });
});

describe('no secret and no text shows', () => {
  const mistakes: [string, (log: Logger) => void][] = [
    ['a whole login', (log) => log.info({ body: { email: 'a@b.c', password: canary } })],
    ['a whole change', (log) => log.info({ jobs: [{ entries: [{ change: { body: { kind: 'message', text: canary } } }] }] })],
    ['a field at the top', (log) => log.info({ token: canary, refreshToken: canary, ticket: canary, secret: canary })],
    ['what two-factor and cookies bring', (log) => log.info({ challenge: canary, recoveryCodes: [canary], csrfToken: canary })],
    ['cookies', (log) => log.info({ headers: { 'Set-Cookie': [canary], 'X-CSRF-Token': canary }, cookies: { a: canary } })],
    ['headers, in any case', (log) => log.info({ headers: { Authorization: `Bearer ${canary}`, COOKIE: canary } })],
    ['headers of a request', (log) => log.info({ req: { headers: { authorization: canary, cookie: canary } } })],
    ['what a child is bound to', (log) => log.child({ token: canary, passwordHash: canary }).info('x')],
    ['a configuration', (log) => log.info({ config: { REDIS_URL: `redis://:${canary}@redis`, MONGO_URL: canary } })],
    ['bytes', (log) => log.info({ opened: Buffer.from(canary) })],
    [
      'what a library hung on an error',
      (log) => log.error({ err: Object.assign(new Error('no'), { command: { args: [canary] } }) }),
    ],
    ['the same on an error further in', (log) => log.info({ a: { e: Object.assign(new Error('no'), { query: canary }) } })],
    ['the same on a bare error', (log) => log.error(Object.assign(new Error('no'), { value: canary }))],
    ['a thrown text', (log) => log.error({ err: canary, error: canary })],
    [
      'a text that was no JSON, quoted by the parser',
      (log) => {
        try {
          JSON.parse(canary);
        } catch (cause) {
          log.error({ err: cause }, 'no JSON');
          log.error({ err: new Error('could not be opened', { cause }) });
          log.info({ why: { cause } });
        }
      },
    ],
    ['what is nested beyond reason', (log) => log.info(nested(50, { text: canary }))],
  ];

  it.each(mistakes)('of %s', (_name, mistake) => {
    const { log, lines } = capture();
    mistake(log);
    const written = lines.join('');
    expect(lines.length).toBeGreaterThan(0);
    expect(written).not.toContain(canary);
    // Neither as the numbers of a Buffer's JSON.
    expect(written).not.toContain([...Buffer.from(canary)].join(','));
  });

  it('and what is no secret stays readable', () => {
    const { log, last } = capture();
    log.info({ a: { b: { c: 1, list: [{ d: 'x' }, null, undefined, true] } }, at: new Date(0), channelId: canary });
    expect(last()).toMatchObject({
      a: { b: { c: 1, list: [{ d: 'x' }, null, null, true] } },
      at: '1970-01-01T00:00:00.000Z',
      channelId: canary,
    });
  });
});

it('keeps type, message and stack of an error, and of its causes', () => {
  const { log, last } = capture();
  log.error({ err: new TypeError('outer', { cause: new RangeError('inner') }) }, 'failed');
  expect(last()).toMatchObject({ err: { type: 'TypeError', message: 'outer: inner' } });
  expect((last()['err'] as { stack: string }).stack).toMatch(/TypeError: outer[^]*caused by: RangeError: inner/);
});

function nested(depth: number, inner: object): Record<string, unknown> {
  return depth === 0 ? { ...inner } : { in: nested(depth - 1, inner) };
}
