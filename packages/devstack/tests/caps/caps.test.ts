import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '@storm/shared/protocol';
import { describe, expect, it } from 'vitest';
import { documentedVariables } from '../documented-variables.js';
import { constantIn, documentedCaps, numbersIn, variablesIn } from './documented-caps.js';
import { heldTo } from './held-to.js';

const root = join(import.meta.dirname, '../../../..');
const tables = documentedCaps(readFileSync(join(root, 'docs/caps.md'), 'utf8'));
const rows = [...tables].flatMap(([table, caps]) => caps.map((cap) => ({ table, ...cap })));
/** Their defaults: another test holds them to the services. */
const variables = new Map(
  documentedVariables(readFileSync(join(root, '.env.example'), 'utf8')).map(({ name, value }) => [name, value]),
);

const source = (path: string): string => {
  const [name = '', ...rest] = path.split('/');
  return readFileSync(join(root, 'packages', name, 'src', ...rest), 'utf8');
};

it('has one row for each cap that is known to be held, and no other', () => {
  const known = Object.entries(heldTo).map(([table, caps]) => [table, Object.keys(caps).sort()]);
  expect([...tables].map(([table, caps]) => [table, caps.map(({ what }) => what).sort()])).toEqual(known);
});

it('says of each what happens at the cap', () => {
  for (const { what, cap, atTheCap } of rows) expect([cap.length > 0, atTheCap.length > 0], what).toEqual([true, true]);
});

it('names every variable that is a cap', () => {
  const named = new Set(rows.flatMap(({ cap }) => variablesIn(cap).map(({ name }) => name)));
  // Of limits by the hour or minute the rules are in rest-api.md, which a test of its own holds.
  const isCap = (name: string) => /^(MAX|OUTBOX|INTAKE_(SLOW|REFUSE)|PRESENCE|HOLE)_/.test(name);
  expect([...variables.keys()].filter((name) => isCap(name) && !named.has(name))).toEqual([]);
});

describe.each(rows)('$table: $what', ({ table, what, cap, atTheCap }) => {
  const named = variablesIn(cap).filter(({ value }) => value !== undefined);
  const { limits: names = [], constants = {}, elsewhere } = heldTo[table]?.[what] ?? {};

  it('is as the code has it', () => {
    const numbers = numbersIn(`${what}; ${cap}; ${atTheCap}`);
    for (const { name, value } of named) expect(String(value), name).toBe(variables.get(name));
    for (const name of names) expect(numbers, `limits.${name}`).toContain(limits[name]);
    for (const [path, constantNames] of Object.entries(constants))
      for (const name of constantNames) expect(numbers, `${name} of ${path}`).toContain(constantIn(source(path), name));
    const held = named.length + names.length + Object.keys(constants).length;
    expect(held > 0 || elsewhere !== undefined || variablesIn(cap).length > 0).toBe(true);
  });
});
