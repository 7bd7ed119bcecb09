import { describe, expect, it } from 'vitest';
import { Emoji } from './emoji.js';

describe('an emoji', () => {
  it.each(['👍', '❤️', '🇳🇱', '👩‍👩‍👧‍👦', '👍🏽', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'])('may be %s', (emoji) => {
    expect(Emoji.parse(emoji)).toBe(emoji);
  });

  it.each(['', 'a', '1', '👍👍', '👍 ', '❤', '__proto__', '$inc', 'a.b', '🏽👍', '👍'.repeat(40)])('is not %j', (text) => {
    expect(Emoji.safeParse(text).success).toBe(false);
  });
});
