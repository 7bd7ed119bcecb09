import type { ServerEvent, ServerPayload } from '@storm/shared/protocol';
import { Sender } from 'ws';

declare module 'ws' {
  /** Exported by ws since 8.19, not yet by its types. */
  class Sender {
    static frame(
      data: Buffer,
      options: { fin: boolean; opcode: number; mask: boolean; rsv1: boolean; readOnly: boolean },
    ): Buffer[];
  }
}

const text = { fin: true, opcode: 1, mask: false, rsv1: false, readOnly: true };

/** A whole, unmasked text frame in one Buffer. Built once, it may be written to any number of sockets: nobody changes it. */
export const textFrame = (payload: Buffer): Buffer => Buffer.concat(Sender.frame(payload, text));

/** The frame of an event, for those to whom it says the same. */
export const eventFrame = <E extends ServerEvent>(event: E, payload: ServerPayload<E>): Buffer =>
  textFrame(Buffer.from(JSON.stringify({ event, payload })));
