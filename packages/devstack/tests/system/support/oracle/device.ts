import { serverPayloads, type ClientEvent, type ServerEvent, type ServerPayload } from '@storm/shared/protocol';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Person } from '../../../../src/scenario/cast.js';
import { Replica } from './replica.js';

const Outside = z.object({
  event: z.enum(Object.keys(serverPayloads) as [ServerEvent, ...ServerEvent[]]),
  requestId: z.string().optional(),
  payload: z.unknown(),
});

/** A change that has no verdict yet: sent again, under the same id, on each new connection. */
interface Pending {
  event: ClientEvent;
  payload: Record<string, unknown>;
}

/** One device of a user: a connection that comes and goes, what it holds, and what it has not yet brought in. */
export class Device {
  readonly replica: Replica;
  /** What became of its changes, by status or code. */
  readonly verdicts = new Map<string, number>();
  resumes = 0;
  epoch: string | undefined;
  readonly #pending = new Map<string, Pending>();
  #socket: WebSocket | undefined;
  #ready = false;

  constructor(readonly person: Person) {
    this.replica = new Replica({ me: person.id, rest: person.rest, send: (event, payload) => this.#send(event, payload) });
  }

  get isReady(): boolean {
    return this.#ready;
  }

  /** Is it connected, with nothing under way? */
  get settled(): boolean {
    return this.#ready && this.#pending.size === 0 && this.replica.settled;
  }

  get waitsFor(): string {
    return `${this.person.username}: ready ${this.#ready}, ${this.#pending.size} without verdict, settled ${this.replica.settled}`;
  }

  connect(url: string): void {
    if (this.#socket) return;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${this.person.accessToken}` } });
    this.#socket = socket;
    this.resumes += 1;
    socket.on('message', (data) => {
      if (socket === this.#socket) this.#receive((data as Buffer).toString());
    });
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', (code) => {
      if (socket !== this.#socket) return;
      this.replica.violations.push(`closed with ${code}`);
      this.cut();
    });
  }

  /** As a network would. */
  cut(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#ready = false;
    this.replica.interrupt();
    socket?.terminate();
  }

  /** Brings a change in, now or when it is connected. */
  submit(changeId: string, event: ClientEvent, payload: Record<string, unknown>): void {
    this.#pending.set(changeId, { event, payload });
    if (this.#ready) this.#send(event, payload, changeId);
  }

  /** Says how far it has read, if it is connected; who is no member any more is told so, and that is all. */
  read(channelId: string, position: number): void {
    if (this.#ready) this.#send('channel.read', { channelId, position }, 'read');
  }

  #send(event: ClientEvent, payload: Record<string, unknown>, requestId?: string): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ event, payload, ...(requestId === undefined ? {} : { requestId }) }));
  }

  #receive(text: string): void {
    const { event, requestId, payload } = Outside.parse(JSON.parse(text));
    const frame = { event, payload: serverPayloads[event].parse(payload) } as Parameters<Replica['receive']>[0];
    if (frame.event === 'message.result') return this.#decided(frame.payload);
    if (frame.event === 'error') return this.#refused(frame.payload, requestId);
    this.replica.receive(frame);
    if (frame.event !== 'connection.ready') return;
    this.#ready = true;
    this.epoch = frame.payload.epoch;
    for (const [changeId, pending] of this.#pending) this.#send(pending.event, pending.payload, changeId);
  }

  #decided({ messageId, changeId, status, code }: ServerPayload<'message.result'>): void {
    const id = messageId ?? changeId ?? '';
    const isUnknown = status === 'failed' && code === 'UNAVAILABLE';
    this.#settle(id, status === 'failed' ? (code ?? status) : status, isUnknown);
  }

  #refused({ code, message }: ServerPayload<'error'>, requestId: string | undefined): void {
    if (requestId === undefined) this.replica.violations.push(`error ${code}: ${message}`);
    else this.#settle(requestId, code, code === 'UNAVAILABLE');
  }

  #settle(id: string, outcome: string, isUnknown: boolean): void {
    const pending = this.#pending.get(id);
    const name = `${pending?.event ?? id} ${outcome}`;
    this.verdicts.set(name, (this.verdicts.get(name) ?? 0) + 1);
    if (!isUnknown) this.#pending.delete(id);
    else if (pending) this.#send(pending.event, pending.payload, id);
  }
}
