import { randomUUID } from 'node:crypto';
import { Channel, Member, Message } from '@storm/shared/protocol';
import { z } from 'zod';
import { Rest } from '../clients/rest.js';
import { Socket } from '../clients/socket.js';
import { waitUntil } from '../process/wait-until.js';
import { register, type Person } from './cast.js';
import { Narrator } from './narrator.js';
import { rowsInDatabase, showRow } from './row.js';

export interface ScenarioOptions {
  api: string;
  /** The gateways that the two users connect to; the same one twice is allowed. */
  gateways: readonly [string, string];
  mongo: string;
  /** Default: `storm`. */
  database?: string;
  write: (line: string) => void;
}

/** What a person may go on with by hand. */
export interface ScenarioResult {
  accessToken: string;
  channelId: string;
}

const Duplicate = z.looseObject({ status: z.literal('duplicate') });

/**
 * Two users on two gateways: a message by REST, one by WebSocket, history, the row as MongoDB has it, a resend that changes
 * nothing. Told step by step; throws `NotAsItShouldBe` at the first thing that differs.
 */
export async function playScenario({
  api,
  gateways,
  mongo,
  database = 'storm',
  write,
}: ScenarioOptions): Promise<ScenarioResult> {
  const story = new Narrator(write);
  const rest = new Rest({ baseUrl: api });

  story.step('Alice and Bob register');
  const [alice, bob] = [await register(rest, 'alice'), await register(rest, 'bob')];
  story.tell(`Alice is ${alice.username}, Bob is ${bob.username}`);

  story.step('Alice makes a private channel and adds Bob');
  const channel = await makeChannel(alice, bob);
  story.tell(`the channel is ${channel.id}`);

  story.step('Each connects to a gateway of their own');
  const [aliceSocket, bobSocket] = await Promise.all([
    connect(alice, gateways[0], channel.id, story),
    connect(bob, gateways[1], channel.id, story),
  ]);
  try {
    story.step('Alice sends a message by REST; both sockets get it');
    const hello = { messageId: randomUUID(), text: 'Hello Bob, can you hear the storm?', clientTs: new Date().toISOString() };
    const { status, data: sent } = await alice.rest.call(Message, 'POST', `/channels/${channel.id}/messages`, {
      body: hello,
      headers: { prefer: 'wait=5' },
    });
    story.check('it is persisted: the api answers 201', status, 201);
    story.check(`it is message ${sent.position} of the channel`, sent.position, 1);
    await bothHear(hello.messageId, hello.text, sent.seq);

    story.step('Bob answers by WebSocket; both sockets get it');
    const answer = { messageId: randomUUID(), channelId: channel.id, text: 'Loud and clear.', clientTs: Date.now() };
    bobSocket.send('message.send', answer);
    await bobSocket.next('message.ack', ({ messageId }) => messageId === answer.messageId);
    story.tell('message.ack: it is queued, and safe in Redis');
    const result = await bobSocket.next('message.result', ({ messageId }) => messageId === answer.messageId);
    story.check('message.result: it is persisted', result.status, 'persisted');
    story.check('its seq follows the one before', result.seq, sent.seq + 1);
    await bothHear(answer.messageId, answer.text, sent.seq + 1);

    story.step('History says the same');
    const texts = [hello.text, answer.text];
    story.check(
      'it has both messages, in that order',
      (await history()).map(({ text }) => text),
      texts,
    );

    story.step('The row as MongoDB has it');
    const rows = await rowsInDatabase(mongo, database, { channelId: channel.id, changeId: hello.messageId });
    story.check('there is one row', rows.length, 1);
    for (const row of rows) story.tell(showRow(row));
    const inClear = rows.some(({ bytes }) => bytes.includes('storm') || bytes.includes('Hello'));
    story.check('the text is not in it: it is encrypted under a key that only the worker can unwrap', inClear, false);

    story.step('Alice resends her message by WebSocket, as if the answer had been lost');
    aliceSocket.send('message.send', { ...hello, channelId: channel.id, clientTs: Date.parse(hello.clientTs) });
    const again = await aliceSocket.next('message.result', ({ messageId }) => messageId === hello.messageId);
    story.check('it is recognised: a duplicate', again.status, 'duplicate');
    story.check('with the seq of the first', again.seq, sent.seq);

    story.step('Bob resends his by REST');
    const { data: repeated } = await bob.rest.call(Duplicate, 'POST', `/channels/${channel.id}/messages`, {
      body: { messageId: answer.messageId, text: answer.text, clientTs: new Date(answer.clientTs).toISOString() },
      headers: { prefer: 'wait=5' },
    });
    story.check('it is recognised: a duplicate', repeated.status, 'duplicate');
    story.check(
      'history still has two messages',
      (await history()).map(({ text }) => text),
      texts,
    );
    const late = [...aliceSocket.kept, ...bobSocket.kept].filter(({ event }) => event === 'message.new');
    story.check('and nobody was told anything twice', late, []);
  } finally {
    await Promise.all([aliceSocket.close(), bobSocket.close()]);
  }
  return { accessToken: alice.accessToken, channelId: channel.id };

  async function bothHear(messageId: string, text: string, seq: number): Promise<void> {
    for (const [name, socket] of [
      ['Alice', aliceSocket],
      ['Bob', bobSocket],
    ] as const) {
      const heard = await socket.next('message.new', (message) => message.messageId === messageId);
      story.check(`${name} got message.new "${heard.text}" with seq ${heard.seq}`, [heard.text, heard.seq], [text, seq]);
    }
  }

  async function history(): Promise<Message[]> {
    const { data } = await bob.rest.call(z.array(Message), 'GET', `/channels/${channel.id}/messages`);
    return data;
  }
}

async function makeChannel(alice: Person, bob: Person): Promise<Channel> {
  const body = { type: 'private', name: `weather-${alice.username}`.slice(0, 64) };
  const { data: channel } = await alice.rest.call(Channel, 'POST', '/channels', { body });
  await alice.rest.call(Member, 'POST', `/channels/${channel.id}/members`, { body: { userId: bob.id } });
  return channel;
}

async function connect(person: Person, gateway: string, channelId: string, story: Narrator): Promise<Socket> {
  // As any client does: one that is refused for the moment comes back.
  const { socket, ready } = await waitUntil(() => Socket.connect(gateway, person.accessToken), {
    everyMs: 250,
    what: `a connection to ${gateway}`,
  });
  const told = ready.channels.map((channel) => channel.channelId);
  story.check(`${person.username} is connected to ${gateway} and knows of the channel`, told.includes(channelId), true);
  return socket;
}
