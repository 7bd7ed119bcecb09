import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../..', name), 'utf8');

/** The parts of a top-level section of a compose file, by name: lines of two spaces and a name begin one. */
function parts(text: string, section: string): Map<string, string> {
  const [, body = ''] = new RegExp(`^${section}:\\n((?: .*\\n|\\n)+)`, 'm').exec(text) ?? [];
  const pieces = body.split(/^ {2}(\w+):/m).slice(1);
  return new Map(pieces.flatMap((name, i) => (i % 2 === 0 ? [[name, pieces[i + 1] ?? ''] as const] : [])));
}

it.each(['docker-compose.yml', 'docker-compose.prod.yml'])('%s publishes ports of nginx alone', (name) => {
  const services = parts(read(name), 'services');
  expect([...services.keys()]).toEqual(expect.arrayContaining(['nginx', 'api', 'gateway', 'worker', 'redis', 'mongo']));
  const published = [...services].filter(([, text]) => /^ {4}(ports:|network_mode: host)/m.test(text));
  expect(published.map(([service]) => service)).toEqual(['nginx']);
});

it('in production nginx alone is on a network that leads outside, and a gateway does not reach MongoDB', () => {
  const text = read('docker-compose.prod.yml');
  const networks = [...parts(text, 'networks')];
  expect(networks.filter(([, network]) => !network.includes('internal: true')).map(([network]) => network)).toEqual(['outside']);
  const of = Object.fromEntries(
    [...parts(text, 'services')].map(([service, part]) => [service, /networks: \[(.*)\]/.exec(part)?.[1]?.split(', ') ?? part]),
  );
  expect(of).toMatchObject({
    nginx: ['outside', 'edge'],
    api: ['edge', 'queue', 'store'],
    gateway: ['edge', 'queue'],
    worker: ['queue', 'store'],
    redis: ['queue'],
    mongo: ['store'],
    secrets: expect.stringContaining('*once') as string, // no network at all
    certificate: expect.stringContaining('*once') as string,
  });
  expect(text).toMatch(/x-once: &once\n(?: .*\n)*? {2}network_mode: none\n/);
});
