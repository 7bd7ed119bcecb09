import { execFileSync } from 'node:child_process';
import { ClientFrame, clientPayloads, MessageSend } from '@storm/shared/protocol';
import { expect, it } from 'vitest';
import { howToTry } from './how-to-try.js';

const channelId = `c${'A'.repeat(22)}`;
const text = howToTry(
  {
    api: ['http://127.0.0.1:3000'],
    gateways: ['ws://127.0.0.1:3001/ws', 'ws://127.0.0.1:3002/ws'],
    redis: 'redis://127.0.0.1:6379',
    mongo: 'mongodb://127.0.0.1:27017/',
    logs: '/data/logs',
    http: {},
    pids: {},
  },
  { accessToken: 'token', channelId },
);

it('names every URL and where the logs are', () => {
  for (const part of [
    'http://127.0.0.1:3000/api/v1',
    'ws://127.0.0.1:3002/ws',
    'redis://127.0.0.1:6379',
    'mongodb://',
    '/data/logs',
  ]) {
    expect(text).toContain(part);
  }
});

it('gives a curl command whose body the api takes', () => {
  const body = /-d ("\{.*\}")/.exec(text)?.[1] ?? '';
  const shown = execFileSync('sh', ['-c', `printf %s ${body}`]).toString();
  expect(MessageSend.parse(JSON.parse(shown)).text).toBe('from curl');
});

it('gives a frame that the gateway takes, but for the UUID', () => {
  const line = /> (\{.*\})/.exec(text)?.[1] ?? '';
  const frame = ClientFrame.parse(JSON.parse(line.replace('<a new UUID>', '6c84fb90-12c4-11e1-840d-7b25c5ee775a')));
  expect(frame.event).toBe('message.send');
  expect(clientPayloads['message.send'].parse(frame.payload).channelId).toBe(channelId);
});
