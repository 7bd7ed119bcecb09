export interface Cap {
  /** What is capped: unique within its table. */
  what: string;
  cap: string;
  atTheCap: string;
}

/** The tables of docs/caps.md, by their heading. */
export function documentedCaps(text: string): Map<string, Cap[]> {
  const tables = new Map<string, Cap[]>();
  let rows: Cap[] = [];
  for (const line of text.split('\n')) {
    const heading = /^## (.+)$/.exec(line)?.[1];
    if (heading !== undefined) tables.set(heading, (rows = []));
    const [what, cap, atTheCap] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (!what || what === 'what' || what.startsWith('---') || cap === undefined || atTheCap === undefined) continue;
    rows.push({ what, cap, atTheCap });
  }
  return tables;
}

const units: [RegExp, number][] = [
  [/^KiB\b/, 1_024],
  [/^MiB\b/, 1_024 ** 2],
  [/^s\b/, 1_000],
  [/^min\b/, 60_000],
  [/^h\b/, 3_600_000],
  [/^days?\b/, 86_400_000],
];

/** Every number of a cell, as it stands and in bytes or milliseconds where a unit says so. */
export function numbersIn(cell: string): Set<number> {
  const found = new Set<number>();
  for (const match of cell.matchAll(/\d[\d,]*(?:\.\d+)?/g)) {
    const value = Number(match[0].replaceAll(',', ''));
    const rest = cell.slice(match.index + match[0].length).replace(/^ (?:of )?/, '');
    found.add(value);
    for (const [unit, size] of units) if (unit.test(rest)) found.add(value * size);
  }
  if (/\ba second\b/.test(cell)) found.add(1_000);
  if (/\ba minute\b/.test(cell)) found.add(60_000);
  return found;
}

/** The variables that a cell names, and the value that it gives to each, in the unit of the variable's name. */
export function variablesIn(cell: string): { name: string; value: number | undefined }[] {
  return [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`(?: \(?(?:of )?(\d[\d,]*(?!\/)(?: (?:KiB|MiB|s|min|h|days)\b)?))?/g)].map(
    ([, name = '', text]) => {
      if (text === undefined) return { name, value: undefined };
      const value = Math.max(...numbersIn(text));
      const isPlain = !/[a-z]/i.test(text);
      const scale = isPlain ? 1 : name.endsWith('_SECONDS') ? 1_000 : name.endsWith('_DAYS') ? 86_400_000 : 1;
      return { name, value: value / scale };
    },
  );
}

/** A number that source code gives to a name: `const rowsMax = 128;`, `capacity = 20_000`, `bytes: 512 * 1024`. */
export function constantIn(source: string, name: string): number | undefined {
  const literal = /\d[\d_]*(?: \*{1,2} \d[\d_]*)*/.source;
  const text = new RegExp(`\\b${name}(?: \\?\\?)?(?:: | = |: \\w+ = | \\?\\? )(${literal})(?![\\w.])`).exec(source)?.[1];
  if (text === undefined) return undefined;
  const [first = '', ...rest] = text.replaceAll('_', '').split(' * ');
  const power = first.split(' ** ');
  const base = power.length > 1 ? Number(power[0]) ** Number(power[1]) : Number(first);
  return rest.reduce((product, factor) => product * Number(factor), base);
}
