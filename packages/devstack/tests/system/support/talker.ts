import { setTimeout as sleep } from 'node:timers/promises';
import { Socket } from '../../../src/clients/socket.js';
import type { Person } from '../../../src/scenario/cast.js';
import { draft, queueByRest, queueBySocket, type Draft } from './messages.js';
import type { System } from './system.js';

export interface TalkerOptions {
  system: System;
  person: Person;
  channelId: string;
  /** How it sends: to an api or over a socket of a gateway. */
  way: 'rest' | 'socket';
  /** The replica that it begins with, from 0; it goes to the next one when that fails. */
  home: number;
}

/** Between two messages: a load that the whole of it can bear, so that what is acknowledged soon arrives. */
const paceMs = 100;
/** What can't be queued for so long is a failure. */
const patienceMs = 60_000;

/** Talks until it is told to end: each message after the one before was queued; what fails goes again, under the same id. */
export class Talker {
  /** What was acknowledged, in order. */
  readonly queued: Draft[] = [];
  /** Why sends had to be repeated, and how often. */
  readonly failures = new Map<string, number>();
  readonly #options: TalkerOptions;
  readonly #talking: Promise<void>;
  #home: number;
  #ended = false;
  #socket: Socket | undefined;

  constructor(options: TalkerOptions) {
    this.#options = options;
    this.#home = options.home;
    this.#talking = this.#talk();
    this.#talking.catch(() => undefined); // told by `end`
  }

  get senderId(): string {
    return this.#options.person.id;
  }

  /** Finishes the sentence. Throws when one could not be queued at all. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#talking;
    await this.#socket?.close();
  }

  async #talk(): Promise<void> {
    while (!this.#ended) {
      const message = draft(this.#options.channelId, `number ${this.queued.length}`);
      await this.#queue(message);
      this.queued.push(message);
      await sleep(paceMs);
    }
  }

  async #queue(message: Draft): Promise<void> {
    for (const deadline = performance.now() + patienceMs; ;) {
      try {
        return await this.#send(message);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        const { message: why } = error as Error;
        this.failures.set(why, (this.failures.get(why) ?? 0) + 1);
        this.#home += 1;
        await this.#socket?.close();
        this.#socket = undefined;
        await sleep(50); // as a client would
      }
    }
  }

  async #send(message: Draft): Promise<void> {
    const { system, person, way } = this.#options;
    const { api, gateways } = system.stack.description;
    if (way === 'rest') return queueByRest(system.api(this.#home % api.length).as(person.accessToken), message);
    const gateway = system.gateway(this.#home % gateways.length);
    this.#socket ??= (await Socket.connect(gateway, person.accessToken)).socket;
    await queueBySocket(this.#socket, message);
  }
}
