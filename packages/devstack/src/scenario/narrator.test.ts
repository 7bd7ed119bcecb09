import { expect, it } from 'vitest';
import { Narrator, NotAsItShouldBe } from './narrator.js';

it('tells steps, details and facts, and stops at a fact that is none', () => {
  const lines: string[] = [];
  const story = new Narrator((line) => lines.push(line));
  story.step('Alice sends');
  story.tell('by REST');
  story.check('it is persisted', [201, { seq: 3 }], [201, { seq: 3 }]);
  story.step('Bob reads');
  expect(() => story.check('there are two', [1], [1, 2])).toThrow(new NotAsItShouldBe('there are two: should be [1,2], is [1]'));
  expect(lines).toEqual(['', '1. Alice sends', '   by REST', '   ✔ it is persisted', '', '2. Bob reads', '   ✘ there are two']);
});
