import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { eventually } from '@storm/devstack/testing';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

interface FrameOptions {
  /** Default: true, as for every whole message. */
  fin?: boolean;
  /** Default: true, as every client must. */
  masked?: boolean;
  /** The length that the header claims. Default: the payload's. */
  length?: number;
}

/** A frame of RFC 6455, section 5.2, as a client sends it; masked with zeros, which is a mask like any other. */
export function frame(
  opcode: number,
  payload: Buffer | string = '',
  { fin = true, masked = true, length = Buffer.byteLength(payload) }: FrameOptions = {},
): Buffer {
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = (fin ? 0x80 : 0) | opcode;
  header[1] = (masked ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), Buffer.from(payload)]);
}

/** A TCP connection below the WebSocket, for what no WebSocket library sends. */
export class RawSocket {
  received: Buffer = Buffer.alloc(0);
  closed = false;

  private constructor(readonly tcp: Socket) {
    tcp.on('data', (bytes: Buffer) => (this.received = Buffer.concat([this.received, bytes])));
    tcp.on('close', () => (this.closed = true));
    tcp.on('error', () => undefined);
  }

  static async open(port: number): Promise<RawSocket> {
    const raw = new RawSocket(connect({ port, host: '127.0.0.1', noDelay: true }));
    await eventually(() => raw.tcp.readyState === 'open');
    return raw;
  }

  /** A WebSocket; `said` is in what the gateway answers once it is as far as it is wanted. */
  static async upgraded(port: number, headers: Record<string, string> = {}, said = '101 Switching'): Promise<RawSocket> {
    const raw = await RawSocket.open(port);
    const all = {
      Host: 'gateway',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    raw.tcp.write(`GET /ws HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
    await eventually(() => raw.received.includes(said));
    if (raw.received.includes(' 101 ')) raw.received = raw.received.subarray(raw.received.indexOf('\r\n\r\n') + 4);
    return raw;
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  /** The same bytes again and again, as fast as they are taken, until the other side ends it. */
  async flood(bytes: Buffer): Promise<void> {
    while (!this.closed) {
      if (this.tcp.write(bytes)) await new Promise(setImmediate);
      else await Promise.race([once(this.tcp, 'drain'), once(this.tcp, 'close')]).catch(() => undefined);
    }
  }

  /** Resolves when the close frame with this code has come. */
  async ended(code: number): Promise<void> {
    await eventually(() => {
      if (this.closeCode !== code) throw new Error(`closed with ${this.closeCode}`);
      return true;
    });
  }

  /** The code of the close frame that came, if one did. */
  get closeCode(): number | undefined {
    for (let at = 0; at + 2 <= this.received.length;) {
      const short = (this.received[at + 1] ?? 0) & 0x7f;
      const header = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (((this.received[at] ?? 0) & 0x0f) === opcodes.close) return this.received.readUInt16BE(at + header);
      at += header + (short === 126 ? this.received.readUInt16BE(at + 2) : short);
    }
    return undefined;
  }
}
