const crlf = Buffer.from('\r\n');

/**
 * Cuts what a Redis server says, as it comes in chunks, into whole values of the protocol RESP (2 and 3), each as its bytes; what
 * is not whole yet waits. Throws on what is not RESP. https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export class RespFramer {
  #waiting: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    const bytes = this.#waiting.length > 0 ? Buffer.concat([this.#waiting, chunk]) : chunk;
    const values: Buffer[] = [];
    let at = 0;
    for (let end = endOf(bytes, at); end !== undefined; end = endOf(bytes, at)) {
      values.push(bytes.subarray(at, end));
      at = end;
    }
    this.#waiting = Buffer.from(bytes.subarray(at)); // a copy: it may wait for long
    return values;
  }
}

/** Where the value that begins at `at` ends; undefined when it is not there to its end. */
function endOf(bytes: Buffer, at: number): number | undefined {
  for (let missing = 1; missing > 0; missing--) {
    const line = bytes.indexOf(crlf, at);
    if (line < 0) return undefined;
    const type = String.fromCharCode(bytes[at] ?? 0);
    const content = bytes.toString('latin1', at + 1, line);
    at = line + crlf.length;
    const length = Number(content);
    if ('$!='.includes(type)) at += length < 0 ? 0 : length + crlf.length;
    else if ('*~>'.includes(type)) missing += Math.max(0, length);
    else if (type === '%') missing += 2 * length;
    else if (type === '|')
      missing += 2 * length + 1; // attributes stand before a value
    else if (!'+-:_#,('.includes(type)) throw new Error(`no RESP: ${JSON.stringify(type)}`);
    if ('$!=*~>%|'.includes(type) && !Number.isInteger(length)) throw new Error(`no length in RESP: ${content}`);
    if (at > bytes.length) return undefined;
  }
  return at;
}
