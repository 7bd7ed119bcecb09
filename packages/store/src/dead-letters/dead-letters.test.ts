import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { DeadLetter } from './index.js';

const store = useStore({ deadLetterCap: 12 });
const { deadLetters } = store;

const letter = (digest: string, given: Partial<DeadLetter> = {}): DeadLetter => ({
  digest,
  kid: 'k1',
  pskId: 'p1',
  enc: 'enc',
  entry: '{"box":"c2VhbGVk"}',
  channelId: 'c1',
  senderId: 'u1',
  changeId: digest,
  intakeId: 'i1',
  replyTo: 'r1',
  reason: 'does not open',
  attempts: 3,
  failedAt: new Date(),
  ...given,
});

it('keeps a letter once, as it was, also when little is known of it', async () => {
  const unknown = {
    kid: null,
    pskId: null,
    enc: null,
    channelId: null,
    senderId: null,
    changeId: null,
    intakeId: null,
    replyTo: null,
  };
  for (const one of [letter('d1'), letter('d2', unknown)]) {
    expect(await deadLetters.insert(one)).toBe('inserted');
    expect(await deadLetters.get(one.digest)).toEqual(one);
    const again = { ...one, reason: 'again', failedAt: new Date(one.failedAt.getTime() + 5) };
    expect(await deadLetters.insert(again)).toBe('exists');
    expect(await deadLetters.get(one.digest)).toEqual(again);
  }
});

it('keeps one of the same that come at once', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => deadLetters.insert(letter('d3'))));
  expect(answers.filter((answer) => answer === 'inserted')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'exists')).toHaveLength(3);
});

it('finds the letters of a change', async () => {
  await deadLetters.insert(letter('d4', { changeId: 'the-change' }));
  expect((await deadLetters.ofChange('c1', 'u1', 'the-change')).map(({ digest }) => digest)).toEqual(['d4']);
  expect(await deadLetters.ofChange('c2', 'u1', 'the-change')).toEqual([]);
});

it('is full at its cap, says so, and takes letters again when there is room', async () => {
  for (let i = 5; i <= 12; i++) expect(await deadLetters.insert(letter(`d${i}`))).toBe('inserted');
  expect(await deadLetters.insert(letter('d13'))).toBe('full');
  expect(await deadLetters.insert(letter('d12'))).toBe('exists');
  expect(await deadLetters.get('d13')).toBeNull();
  const last = (await deadLetters.get('d12')) ?? letter('d12');
  expect(await deadLetters.remove({ ...last, failedAt: new Date(0) })).toBe(false);
  expect(await deadLetters.remove(last)).toBe(true);
  expect(await deadLetters.remove(last)).toBe(false);
  expect(await deadLetters.insert(letter('d13'))).toBe('inserted');
  expect(await deadLetters.count()).toBe(12);
});

it('pages through all of them, the oldest first, also with equal times', async () => {
  const seen: DeadLetter[] = [];
  for (;;) {
    const last = seen.at(-1);
    const page = await deadLetters.list({ limit: 5, ...(last && { after: { failedAt: last.failedAt, digest: last.digest } }) });
    if (page.length === 0) break;
    seen.push(...page);
  }
  expect(new Set(seen.map(({ digest }) => digest)).size).toBe(12);
  expect(seen).toHaveLength(12);
  const times = seen.map(({ failedAt }) => failedAt.getTime());
  expect(times).toEqual([...times].sort((a, b) => a - b));
});
