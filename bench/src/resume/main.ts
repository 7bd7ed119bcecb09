import { Rest } from '@storm/devstack';
import { z } from 'zod';
import { minted } from '../lib/mint.js';
import { channel, inLanes } from '../lib/people.js';
import { round } from '../lib/round.js';
import { populate } from '../lib/populate.js';
import { report, say } from '../lib/say.js';
import { withCountedStack } from './counted-stack.js';
import { reconnect, type Reconnect } from './reconnect.js';
import { Talker } from './talker.js';

/**
 * What it takes when everybody comes back at once while their channels go on: with nothing missed, with a gap that the recent
 * log has, and with one that only MongoDB has.
 */
const clientCount = Number(process.argv[2] ?? 1_000);
const channelCount = 10;
const channelsEach = 2;
/** Messages a second, over all channels. */
const pace = 40;
/** The recent log holds 256 changes. */
const missed = { shortGap: 50, longGap: 350 };

await withCountedStack({ gateways: 1 }, async ({ description }, dataDir, mongo) => {
  const [api = ''] = description.api;
  const [url = ''] = description.gateways;
  const [owner, ...members] = minted(clientCount + 1, dataDir).map((one) => ({
    ...one,
    rest: new Rest({ baseUrl: api, accessToken: one.token, timeoutMs: 60_000 }),
  }));
  if (!owner) throw new Error('nobody is there');

  await populate({ mongoUrl: description.mongo, members: [owner], channelsOf: () => [] });
  const channels: string[] = [];
  await inLanes(channelCount, 4, async () => void channels.push(await channel(owner)));
  const channelsOf = (n: number) =>
    Array.from({ length: channelsEach }, (_, i) => channels[(n * channelsEach + i) % channels.length] ?? '');
  await populate({ mongoUrl: description.mongo, members, channelsOf });
  const talker = new Talker(channels);
  await talker.connect(url, owner.token);
  const history = 400 * channelCount;
  say(`setting up ${clientCount} clients in ${channelCount} channels with ${history} messages`);
  await talker.fill(history);
  const stop = talker.talk(pace);

  const comeBack = async (gap: number) => {
    const heads = new Map<string, number>();
    await inLanes(channelCount, 4, async (i) => {
      const id = channels[i] ?? '';
      const { data } = await owner.rest.call(z.object({ seq: z.int() }), 'GET', `/channels/${id}`);
      heads.set(id, data.seq);
    });
    const clients = members.map(({ token }, n) => {
      const wanted = gap === 0 ? [] : channelsOf(n);
      return { token, cursors: Object.fromEntries(wanted.map((id) => [id, (heads.get(id) ?? 0) - gap])) };
    });
    return reconnect({ url, clients, description, mongo });
  };
  await comeBack(missed.shortGap); // warms up
  const nothingMissed = tell('nothing missed', await comeBack(0));
  const shortGap = tell(`${missed.shortGap} changes missed in each channel`, await comeBack(missed.shortGap));
  const longGap = tell(`${missed.longGap} changes missed in each channel`, await comeBack(missed.longGap));
  stop();
  talker.close();
  report({
    bench: 'resume',
    clients: clientCount,
    channels: channelCount,
    channelsEach,
    pace,
    missed,
    nothingMissed,
    shortGap,
    longGap,
    ofNothingMissed: {
      shortGap: round(shortGap.allMs / nothingMissed.allMs, 2),
      longGap: round(longGap.allMs / nothingMissed.allMs, 2),
    },
  });
});

function tell(name: string, taken: Reconnect): Reconnect {
  const { medianMs, p99Ms, allMs, pages, changes, incomplete, broken, questionsForPages, mongoReads } = taken;
  say(`${name}: all after ${allMs} ms (median ${medianMs}, p99 ${p99Ms}), ${changes} changes in ${pages} pages`);
  say(`  the worker answered ${questionsForPages} questions for pages, and read ${mongoReads} times in MongoDB`);
  say(`  CPU: gateway ${taken.gatewayCpuMs} ms, worker ${taken.workerCpuMs} ms`);
  if (incomplete + broken > 0)
    say(`  NOT COMPLETE: ${incomplete} channels to be reloaded, ${broken} pages that did not continue`);
  return taken;
}
