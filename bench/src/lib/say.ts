/** One line for a person. The figures for programs are the last line, as one JSON object. */
export const say = (line: string): boolean => process.stdout.write(`${line}\n`);

export const report = (figures: Record<string, unknown>): boolean => say(JSON.stringify(figures));
