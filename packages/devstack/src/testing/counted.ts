/** How often what was done. */
export class Counted {
  constructor(private readonly counts = new Map<string, number>()) {}

  add(what: string, times = 1): void {
    this.counts.set(what, this.of(what) + times);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  /** The sum over all that begin so. */
  sum(beginning = ''): number {
    return [...this.counts].reduce((sum, [what, times]) => sum + (what.startsWith(beginning) ? times : 0), 0);
  }

  entries(): Iterable<[what: string, times: number]> {
    return this.counts.entries();
  }

  copy(): Counted {
    return new Counted(new Map(this.counts));
  }

  /** What came since then. */
  since(before: Counted): Counted {
    const differences = [...this.counts].map(([what, times]): [string, number] => [what, times - before.of(what)]);
    return new Counted(new Map(differences.filter(([, times]) => times > 0)));
  }

  toString(): string {
    return [...this.counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, times]) => `${what} ${times}`)
      .join(', ');
  }
}
