/**
 * The value of a service's counter or gauge, by its URL; of those with labels the sum over the lines that hold `labels`
 * (`kind="page"`), 0 when there is none of these yet. Throws when there is no metric of that name.
 */
export async function metric(url: string, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n');
  if (!lines.some((line) => line.startsWith(`# TYPE ${name} `))) throw new Error(`no metric ${name}`);
  const values = lines.filter((line) => line.startsWith(name) && /[{ ]/.test(line.charAt(name.length)) && line.includes(labels));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
