/** Tells the person at the terminal one line. */
export type Say = (line: string) => void;

/** A `Say` on stderr, each line led by the seconds since the process began; stdout stays free for results. */
export function sayOnTerminal(): Say {
  return (line) => {
    const seconds = performance.now() / 1000;
    process.stderr.write(`${seconds.toFixed(1).padStart(6)}s  ${line}\n`);
  };
}

/** Says nothing: for tests. */
export const silent: Say = () => {};

export interface Step {
  /** What is being done, as a person would say it: "building FerretDB". */
  doing: string;
  /** How long it may take: "about a minute". Given, the step is announced, and again every ten seconds while it lasts. */
  expect?: string;
}

/** Does a piece of work while saying what it is; its time when it is done. What it throws passes through, named. */
export async function step<T>(say: Say, { doing, expect }: Step, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  if (expect) say(`${doing} (${expect})`);
  const reminder = expect ? setInterval(() => say(`still ${doing}: ${seconds()}`), 10_000) : undefined;
  try {
    const result = await work();
    say(`${doing}: done in ${seconds()}`);
    return result;
  } catch (error) {
    say(`${doing}: failed after ${seconds()}`);
    throw error;
  } finally {
    clearInterval(reminder);
  }
}
