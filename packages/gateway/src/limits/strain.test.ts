import { eventually } from '@storm/devstack/testing';
import { afterEach, expect, it } from 'vitest';
import { Strain } from './strain.js';

let strain: Strain;
afterEach(() => strain.stop());

function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

it('tells of a loop that is late again and again, and of its end', async () => {
  strain = new Strain({ lagMs: 150, rssBytes: Infinity });
  strain.start();
  expect(strain.reason).toBeUndefined();
  const blocking = setInterval(() => block(400), 1);
  await eventually(() => strain.reason === 'This gateway is busy');
  clearInterval(blocking);
  await eventually(() => strain.reason === undefined);
});

it('tells of memory over its limit', async () => {
  strain = new Strain({ lagMs: Infinity, rssBytes: 1 });
  strain.start();
  await eventually(() => strain.reason === 'This gateway is short of memory');
});
