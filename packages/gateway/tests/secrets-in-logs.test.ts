import { eventually } from '@storm/devstack/testing';
import { newSessionId } from '@storm/shared/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatewayProcess, type GatewayProcess } from './support/gateway-process.js';
import { aUser, House } from './support/house.js';
import { frame, opcodes, RawSocket } from './support/raw-socket.js';

const origin = 'https://chat.example';
let house: House;
let gateway: GatewayProcess;
beforeAll(async () => {
  house = await House.open({ env: { ALLOWED_ORIGINS: origin, LOG_LEVEL: 'trace', MAX_UNAUTHENTICATED_PER_ADDRESS: '1000' } });
  await house.worker.start();
  gateway = await startGatewayProcess(house.env);
});
afterAll(async () => {
  house.hangUp();
  await gateway?.stop();
  await house.close();
});

/** Every place where a token or ticket may stand, a wrong one too, and one that is cut. */
async function showEverywhere(secret: string): Promise<void> {
  const url = `${house.url(gateway)}?token=${secret}&ticket=${secret}`;
  const headers = { authorization: `Bearer ${secret}` };
  const cookie = { cookie: `storm_access=${secret}; storm_refresh=${secret}` };
  await house.client({ url });
  await house.client({ url: url.replace('/ws', `/${secret}`) });
  await house.client({ gateway, headers });
  await house.client({ gateway, origin, headers: cookie });
  await house.client({ gateway, origin: `https://${secret}.example`, headers: { ...headers, ...cookie } });
  await house.client({ gateway, protocols: ['storm', secret.replaceAll(/[^\w.-]/g, '')] });
  await house.http(`/health?token=${secret}`, gateway);
  await house.http(`/${secret}`, gateway);

  const frames = [
    { event: 'authenticate', payload: { token: secret } },
    { event: 'authenticate', payload: { ticket: secret } },
    { event: 'authenticate', payload: { ticket: secret, token: secret } },
    { event: 'authenticate', requestId: secret, payload: secret },
    { event: secret, payload: {} },
    { event: 'ping', requestId: secret.slice(0, 128), payload: { [secret]: secret } },
    { event: 'message.send', payload: { channelId: secret, text: secret } },
  ];
  const texts = [...frames.map((each) => JSON.stringify(each)), secret, `{"event":"authenticate","payload":{"token":"${secret}`];
  for (const text of texts) {
    const client = await house.client({ gateway });
    client.isStrict = false;
    client.raw(text);
    client.raw(Buffer.from(text), true);
    client.socket.close(1000, secret.slice(0, 100));
    await client.close();
  }
  const known = await house.connect(aUser(), gateway);
  for (const text of texts.slice(2)) known.raw(text);
  known.send('ping', {});
  await known.next('pong');

  const raw = await RawSocket.open(gateway.port);
  raw.tcp.write(`GET /ws?token=${secret} HTTP/1.1\r\nAuthorization: ${secret}\r\n${secret}\r\n\r\n`); // no header
  await eventually(() => raw.closed);
  const upgraded = await RawSocket.upgraded(gateway.port);
  upgraded.tcp.write(frame(opcodes.text, secret, { masked: false }));
  await upgraded.ended(1002);
}

it('no token or ticket, good or not, shows in a log of any level or in a metric', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const ticket = await house.ticket(ann);
  const token = house.token(bob);
  const ended = newSessionId();
  const revoked = house.token(bob, 900, { sid: ended });
  await house.worker.control({ kind: 'session-ended', userId: bob, sid: ended });
  const secrets = {
    ticket,
    token,
    revoked,
    forged: `${token.slice(0, -4)}AAAA`,
    refresh: `${newSessionId()}.1.${'s'.repeat(43)}.${'m'.repeat(43)}`,
  };
  await Promise.all(Object.values(secrets).map(showEverywhere));

  const places = { log: gateway.log(), metrics: await (await house.http('/metrics', gateway)).text() };
  expect(places.log).toMatch(/"event":"authenticate"[^]*"event":"ping"/); // it does say what comes in
  expect(places.metrics).toContain('storm_gateway_connections');
  const parts = Object.entries(secrets).flatMap(([name, secret]) =>
    secret
      .split('.')
      .slice(-1)
      .map((part) => [name, part] as const),
  );
  for (const [place, content] of Object.entries(places)) {
    expect(parts.filter(([, part]) => content.includes(part)).map(([name]) => `${name} in ${place}`)).toEqual([]);
  }
});
