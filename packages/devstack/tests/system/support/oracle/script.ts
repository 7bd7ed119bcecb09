import { Random } from './random.js';

/** Users are numbered from 0. */
export const userCount = 6;
/** Whose each device is. */
export const deviceOwners = [0, 0, 1, 1, 2, 2, 3, 4, 5] as const;

/** Where the script plays. `dm` is there from the beginning, `late` is opened by the script. */
export const places = ['lobby', 'garden', 'study', 'dm', 'late'] as const;
export type Place = (typeof places)[number];
/** Members when the script begins, the owner first (of a direct message: the two that it is between). */
export const cast: Readonly<Record<Place, readonly number[]>> = {
  lobby: [0, 1, 2, 3],
  garden: [1, 0, 4],
  study: [2, 0, 1],
  dm: [0, 1],
  late: [2, 5],
};
export const rooms = ['lobby', 'garden', 'study'] as const satisfies readonly Place[];

export interface Send {
  do: 'send';
  device: number;
  place: Place;
  messageId: string;
  text: string;
  /** Who is named at its end. */
  mention?: number;
  /** The send whose thread it goes to. */
  thread?: Send;
}

interface OfMessage {
  device: number;
  changeId: string;
  of: Send;
}

/** What somebody does. Nothing refers to what came of another step: ids follow from who sent what under which UUID. */
export type Step =
  | Send
  | ({ do: 'edit'; text: string; mention?: number } & OfMessage)
  | ({ do: 'delete' } & OfMessage)
  | ({ do: 'react'; emoji: string; added: boolean } & OfMessage)
  /** Up to this share of what the device has. */
  | { do: 'read'; device: number; place: Place; share: number }
  | { do: 'join' | 'leave'; user: number; place: Place; key: string }
  | { do: 'add' | 'remove'; user: number; place: Place; whom: number; key: string }
  | { do: 'role'; user: number; place: Place; whom: number; role: 'moderator' | 'member'; key: string }
  | { do: 'rename'; user: number; place: Place; description: string; key: string }
  | { do: 'archive'; user: number; place: Place; key: string }
  | { do: 'open'; user: number; whom: number; key: string }
  | { do: 'cut'; device: number }
  | { do: 'resume'; device: number; gateway: number }
  /** The channel's recent log expires: who comes back now is told by a worker. */
  | { do: 'expire'; place: Place }
  /** More text at once than a `sync` gives out; waits until it is stored. */
  | { do: 'flood'; device: number; place: Place; messageIds: string[] }
  | { do: 'pause'; ms: number };

const weights = {
  send: 30,
  edit: 9,
  delete: 4,
  react: 12,
  read: 7,
  join: 4,
  leave: 4,
  add: 4,
  remove: 4,
  role: 2,
  rename: 3,
  archive: 0.2,
  open: 1,
  cut: 6,
  resume: 12,
  expire: 3,
  pause: 20,
} as const;

const stepCount = 160;
/** Of so many seeds one has a flood. */
const floodEvery = 8;
const floodMessages = 75;
const words = ['rain', 'tea', 'moss', 'lamp', 'ferry', 'quince', 'slate', 'thimble'];
const emojis = ['👍', '🎉', '❤️', '🙈'];

/** The steps of a seed. */
export function scriptOf(seed: number): Step[] {
  const writer = new Writer(new Random(seed));
  const steps = Array.from({ length: stepCount }, () => writer.step()).flat();
  if (seed % floodEvery === 0) steps.splice(steps.length / 2, 0, ...writer.flood());
  return steps;
}

/** Knows roughly who is where, so that most of what it writes is not refused. */
class Writer {
  readonly #inside: Record<Place, Set<number>>;
  readonly #away = new Set<number>();
  readonly #sends: Send[] = [];
  readonly #reacted: Extract<Step, { do: 'react' }>[] = [];

  constructor(private readonly random: Random) {
    this.#inside = Object.fromEntries(places.map((place) => [place, new Set(cast[place])])) as Record<Place, Set<number>>;
    this.#inside.late = new Set();
  }

  step(): Step[] {
    const { random } = this;
    const step = this.#write(random.weighted(weights));
    return step ? [step] : [];
  }

  /** Two devices go, and come back when too much was said. */
  flood(): Step[] {
    const { random } = this;
    const messageIds = Array.from({ length: floodMessages }, () => random.uuid());
    return [
      { do: 'cut', device: 6 },
      { do: 'cut', device: 1 },
      { do: 'flood', device: 0, place: 'lobby', messageIds },
      { do: 'resume', device: 6, gateway: 1 },
      { do: 'resume', device: 1, gateway: 0 },
    ];
  }

  #write(kind: keyof typeof weights): Step | undefined {
    const { random } = this;
    const place = random.pick(rooms) ?? 'lobby';
    const inside = this.#inside[place];
    const key = random.uuid();
    const outsider = random.pick(Array.from({ length: userCount }, (_, user) => user).filter((user) => !inside.has(user)));
    const member = random.pick([...inside]);
    const whom = random.pick([...inside]);
    switch (kind) {
      case 'send':
        return this.#send();
      case 'edit':
      case 'delete':
      case 'react':
        return this.#change(kind);
      case 'read': {
        const device = this.#device();
        const at = this.#placeOf(device);
        return at && { do: 'read', device, place: at, share: random.next() };
      }
      case 'join':
        if (outsider === undefined || place === 'study') return undefined;
        inside.add(outsider);
        return { do: 'join', user: outsider, place, key };
      case 'leave':
        if (member === undefined || member === cast[place][0]) return undefined;
        inside.delete(member);
        return { do: 'leave', user: member, place, key };
      case 'add':
        if (outsider === undefined) return undefined;
        inside.add(outsider);
        return { do: 'add', user: cast[place][0] ?? 0, place, whom: outsider, key };
      case 'remove':
        if (whom === undefined || whom === cast[place][0]) return undefined;
        inside.delete(whom);
        return { do: 'remove', user: cast[place][0] ?? 0, place, whom, key };
      case 'role': {
        if (whom === undefined || whom === cast[place][0]) return undefined;
        return { do: 'role', user: cast[place][0] ?? 0, place, whom, role: random.chance(0.6) ? 'moderator' : 'member', key };
      }
      case 'rename':
        return { do: 'rename', user: cast[place][0] ?? 0, place, description: this.#text(), key };
      case 'archive':
        return { do: 'archive', user: cast[place][0] ?? 0, place, key };
      case 'open': {
        const [a = 0, b = 0] = random.chance(0.5) ? cast.late : cast.late.toReversed();
        this.#inside.late = new Set(cast.late);
        return { do: 'open', user: a, whom: b, key };
      }
      case 'cut': {
        const device = this.#device();
        if (this.#away.has(device)) return undefined;
        this.#away.add(device);
        return { do: 'cut', device };
      }
      case 'resume': {
        const device = random.pick([...this.#away]);
        if (device === undefined) return undefined;
        this.#away.delete(device);
        return { do: 'resume', device, gateway: random.below(2) };
      }
      case 'expire':
        return { do: 'expire', place: random.pick(places) ?? 'lobby' };
      case 'pause':
        return { do: 'pause', ms: random.below(25) };
    }
  }

  #send(): Step | undefined {
    const { random } = this;
    const device = this.#device();
    const place = this.#placeOf(device);
    if (!place) return undefined;
    const roots = this.#sends.filter((send) => send.place === place && !send.thread);
    const thread = random.chance(0.3) ? random.pick(roots) : undefined;
    const send: Send = {
      do: 'send',
      device,
      place,
      messageId: random.uuid(),
      text: this.#text(),
      ...this.#mention(),
      ...(thread ? { thread } : {}),
    };
    this.#sends.push(send);
    return send;
  }

  #change(kind: 'edit' | 'delete' | 'react'): Step | undefined {
    const { random } = this;
    const of = random.pick(this.#sends.slice(-16));
    if (!of) return undefined;
    const changeId = random.uuid();
    const own = this.#deviceOf(ownerOf(of.device));
    if (kind === 'edit') return { do: 'edit', device: own, changeId, of, text: this.#text(), ...this.#mention() };
    const moderator = this.#deviceOf(cast[of.place][0] ?? 0);
    if (kind === 'delete') return { do: 'delete', device: random.chance(0.6) ? own : moderator, changeId, of };
    const somebody = this.#deviceOf(random.pick([...this.#inside[of.place]]) ?? 0);
    const emoji = random.pick(emojis) ?? '👍';
    const taken = random.chance(0.35) ? random.pick(this.#reacted) : undefined;
    if (taken) return { ...taken, changeId, added: false };
    const reaction = { do: 'react' as const, device: somebody, changeId, of, emoji, added: true };
    this.#reacted.push(reaction);
    return reaction;
  }

  #device(): number {
    return this.random.below(deviceOwners.length);
  }

  #deviceOf(user: number): number {
    return this.random.pick([...deviceOwners.keys()].filter((device) => deviceOwners[device] === user)) ?? 0;
  }

  #placeOf(device: number): Place | undefined {
    return this.random.pick(places.filter((place) => this.#inside[place].has(ownerOf(device))));
  }

  #mention(): { mention?: number } {
    return this.random.chance(0.3) ? { mention: this.random.below(userCount) } : {};
  }

  #text(): string {
    return Array.from({ length: 1 + this.random.below(4) }, () => this.random.pick(words)).join(' ');
  }
}

export const ownerOf = (device: number): number => deviceOwners[device] ?? 0;

/** One step as one line; a send is named by its UUID where others refer to it. */
export function told(step: Step): string {
  return JSON.stringify(step, (key, value: unknown) => {
    if (key !== 'of' && key !== 'thread') return value;
    return (value as Send).messageId;
  });
}
