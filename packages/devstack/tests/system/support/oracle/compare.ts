import { expect } from 'vitest';
import { Socket } from '../../../../src/clients/socket.js';
import type { Person } from '../../../../src/scenario/cast.js';
import { eventually } from '../../../../src/testing/index.js';
import type { Device } from './device.js';
import { patiently } from './settle.js';
import { readChannels, readViews } from './view.js';

/** Holds a user's devices to what the user, coming anew, is told and shown. Throws what differs. */
export async function compare(person: Person, devices: readonly Device[], gateway: string): Promise<void> {
  const heads = Object.fromEntries((await cursors(person, gateway)).map(({ channelId, seq }) => [channelId, seq]));
  const settled = () => {
    for (const { replica } of devices) expect(replica.seqs).toEqual(heads);
    return devices.every((device) => device.settled);
  };
  await eventually(settled, { timeoutMs: 60_000, what: 'devices to have everything' });
  await eventually(() => hasRead(person, devices), { everyMs: 100 }).catch(() => undefined); // what differs is shown next
  const views = await patiently(() => readViews(person.rest));
  for (const device of devices) expect(device.replica.views(), person.username).toEqual(views);

  const shown = [...views.values()].map(({ id: channelId, seq, position, readPosition, unread, mentions }) => {
    return { channelId, seq, position, readPosition, unread, mentions };
  });
  const byId = (a: { channelId: string }, b: { channelId: string }) => (a.channelId < b.channelId ? -1 : 1);
  expect((await cursors(person, gateway)).sort(byId)).toEqual(shown.sort(byId));
}

/** How far somebody has read is written within a second, and told after. */
async function hasRead(person: Person, devices: readonly Device[]): Promise<boolean> {
  const channels = await patiently(() => readChannels(person.rest));
  return devices.every(({ replica }) =>
    channels.every(({ id, readPosition }) => replica.channel(id)?.readPosition === readPosition),
  );
}

async function cursors(person: Person, gateway: string) {
  const { socket, ready } = await Socket.connect(gateway, person.accessToken);
  await socket.close();
  return ready.channels;
}
