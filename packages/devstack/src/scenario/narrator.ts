import { isDeepStrictEqual } from 'node:util';

/** Something is not as it should be: what was looked at, what it should be, what it is. */
export class NotAsItShouldBe extends Error {
  override name = 'NotAsItShouldBe';
}

/** Tells a story line by line, and stops it where a fact differs from what is told. */
export class Narrator {
  #step = 0;

  constructor(private readonly write: (line: string) => void) {}

  /** Begins the next step of the story. */
  step(title: string): void {
    this.#step += 1;
    this.write('');
    this.write(`${this.#step}. ${title}`);
  }

  /** A line of detail. */
  tell(line: string): void {
    this.write(`   ${line}`);
  }

  /** States a fact that has been looked at. Throws `NotAsItShouldBe` when it differs. */
  check(fact: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected)) {
      this.write(`   ✘ ${fact}`);
      throw new NotAsItShouldBe(`${fact}: should be ${JSON.stringify(expected)}, is ${JSON.stringify(actual)}`);
    }
    this.write(`   ✔ ${fact}`);
  }
}
