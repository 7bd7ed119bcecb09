/**
 * The value of a service's counter or gauge, by its URL; of those with labels the sum over the lines that hold `labels`
 * (`kind="page"`), 0 when there is none of these yet. Throws when there is no metric of that name.
 */
export async function metric(url: string, name: string, labels = ''): Promise<number> {
  return valueOf(await scrape(url), name, labels);
}

/** The same for several, by one scrape. */
export async function metrics<N extends string>(url: string, names: readonly N[]): Promise<Record<N, number>> {
  const lines = await scrape(url);
  return Object.fromEntries(names.map((name) => [name, valueOf(lines, name, '')])) as Record<N, number>;
}

const scrape = async (url: string) => (await (await fetch(`${url}/metrics`)).text()).split('\n');

function valueOf(lines: readonly string[], name: string, labels: string): number {
  if (!lines.some((line) => line.startsWith(`# TYPE ${name} `))) throw new Error(`no metric ${name}`);
  const values = lines.filter((line) => line.startsWith(name) && /[{ ]/.test(line.charAt(name.length)) && line.includes(labels));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
