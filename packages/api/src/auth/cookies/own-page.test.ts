import { expect, it } from 'vitest';
import { isFromOwnPage } from './own-page.js';

const target = 'https://storm.example.org';
const allowed = ['https://chat.example.org'];
type Case = [origin: string | undefined, site: string | undefined];

const ours: Case[] = [
  [undefined, undefined],
  [undefined, 'same-origin'],
  [undefined, 'none'],
  [target, undefined],
  [target, 'same-origin'],
  ['https://chat.example.org', undefined],
  ['https://chat.example.org', 'same-site'],
  ['https://chat.example.org', 'cross-site'],
];
it.each(ours)('takes Origin %s with Sec-Fetch-Site %s', (origin, site) => {
  expect(isFromOwnPage({ origin, site, target }, allowed)).toBe(true);
});

const others: Case[] = [
  [undefined, 'same-site'],
  [undefined, 'cross-site'],
  [undefined, 'anything'],
  ['null', undefined],
  ['', undefined],
  ['https://evil.example', undefined],
  ['https://evil.example', 'same-origin'],
  [target, 'cross-site'],
  ['http://storm.example.org', undefined],
  ['https://storm.example.org.evil.example', undefined],
  ['https://storm.example.org:8443', undefined],
  ['https://chat.example.org.evil.example', undefined],
  ['https://CHAT.example.org', undefined],
];
it.each(others)('refuses Origin %s with Sec-Fetch-Site %s', (origin, site) => {
  expect(isFromOwnPage({ origin, site, target }, allowed)).toBe(false);
});
