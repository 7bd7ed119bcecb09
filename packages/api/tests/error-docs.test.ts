import { readFile } from 'node:fs/promises';
import { closeCodes, errorCatalogue } from '@storm/shared/protocol';
import { beforeAll, expect, it } from 'vitest';

let rows: string[][];

/** The cells of every row of every table in docs/errors.md, without back quotes. */
beforeAll(async () => {
  const text = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  rows = text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
});

it('lists every error code with its status, and no other', () => {
  const documented = rows
    .filter(([code]) => /^[A-Z_]+$/.test(code ?? ''))
    .map(([code, status, retry]) => [code, Number(status), retry]);
  const catalogue = Object.entries(errorCatalogue).map(([code, { status, retry }]) => [code, status, retry ? 'yes' : 'no']);
  expect(documented).toEqual(catalogue);
});

it('lists every close code with its name, and no other', () => {
  const documented = rows.filter(([code]) => /^\d{4}$/.test(code ?? '')).map(([code, name]) => [name, Number(code)]);
  expect(Object.fromEntries(documented)).toEqual(closeCodes);
});

it('says of each what it means and what to do', () => {
  for (const row of rows)
    expect(
      row.every((cell) => cell.length > 0),
      row.join(' | '),
    ).toBe(true);
});
