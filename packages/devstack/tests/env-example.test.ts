import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiEnv } from '@storm/api';
import { gatewayEnv } from '@storm/gateway';
import { workerEnv } from '@storm/worker';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { composeVariables, documentedVariables, type Documented } from './documented-variables.js';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../..', name), 'utf8');
const documented = documentedVariables(read('.env.example'));
const schemas: Record<string, z.ZodObject> = { api: apiEnv, gateway: gatewayEnv, worker: workerEnv };
const compose = { development: read('docker-compose.yml'), production: read('docker-compose.prod.yml') };

/** Secrets that one may do without: one kind of keys for access tokens is enough. */
const optionalRings = ['TOKEN_KEYS', 'TOKEN_SIGNING_KEYS', 'TOKEN_PUBLIC_KEYS'];

const of = (reader: string): Documented[] => documented.filter(({ readers }) => readers.includes(reader));
const names = (variables: Documented[]) => variables.map(({ name }) => name).sort();

describe.each(Object.entries(schemas))('the variables of %s', (service, schema) => {
  it('are all documented, once, and no others', () => {
    expect(names(of(service))).toEqual(Object.keys(schema.shape).sort());
  });

  it.each(of(service))('$name has the default that the schema has', ({ name, value }) => {
    const field = schema.shape[name] as z.ZodType | undefined;
    const fallback = field?.safeParse(undefined);
    if (fallback?.success) expect(field?.parse(value)).toEqual(fallback.data);
    else expect(value).toBe('');
  });
});

describe.each(Object.entries(compose))('the compose file for %s', (file, text) => {
  const { interpolated, environment } = composeVariables(text);
  const variables = [...of('compose'), ...of(file)];

  it('reads only what is documented for it or for a service', () => {
    const known = new Set([...names(variables), ...Object.keys(schemas).flatMap((service) => names(of(service)))]);
    expect([...interpolated.keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(variables)('has the documented default of $name', ({ name, value }) => {
    // The init script of the certificate has its default in itself.
    if (name === 'STORM_DOMAIN') expect(text).toContain(`\${${name}:-${value}}`);
    else expect(interpolated.get(name)).toBe(value);
  });

  it('hands every variable on to the services: secrets as files, never from .env', () => {
    const fixed = ['HOST', 'PORT'];
    for (const schema of Object.values(schemas))
      for (const [name, field] of Object.entries<z.ZodType>(schema.shape)) {
        const secret = !field.safeParse(undefined).success;
        if (fixed.includes(name)) expect(environment.has(name), name).toBe(false);
        else if (optionalRings.includes(name))
          expect([environment.has(`${name}_FILE`), environment.has(name)], name).toEqual([true, false]);
        else if (secret)
          expect([environment.get(`${name}_FILE`), environment.has(name)], name).toEqual([
            `/run/secrets/${name.toLowerCase()}`,
            false,
          ]);
        else expect(environment.has(name), name).toBe(true);
      }
  });
});
