/** The forms in which something could lie somewhere, by name. A base64 form leaves out what its neighbours have a part in. */
export function formsOf(needle: string | Buffer): Map<string, Buffer> {
  const bytes = Buffer.from(needle as string);
  const forms = new Map<string, Buffer>([['as it is', bytes]]);
  const add = (name: string, text: string) => forms.set(name, Buffer.from(text));
  if (typeof needle === 'string') {
    const once = JSON.stringify(needle).slice(1, -1);
    add('in JSON', once);
    add('in JSON in JSON', JSON.stringify(once).slice(1, -1));
    forms.set('UTF-16LE', Buffer.from(needle, 'utf16le'));
  }
  add('hex', bytes.toString('hex'));
  add('HEX', bytes.toString('hex').toUpperCase());
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const before of [0, 1, 2]) {
      const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
      const [from, to] = [Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)];
      add(`${encoding} after ${before}`, encoded.slice(from, to));
    }
  }
  return forms;
}

/** The names of the forms in which it is there; none: it is not. */
export function search(haystack: Buffer, needle: string | Buffer): string[] {
  return [...formsOf(needle)].filter(([, form]) => haystack.includes(form)).map(([name]) => name);
}
