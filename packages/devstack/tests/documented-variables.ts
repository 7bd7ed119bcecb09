export interface Documented {
  name: string;
  /** Empty for one that must be set. */
  value: string;
  /** `api`, `gateway`, `worker`, `compose`, `production`, `development`. */
  readers: string[];
}

/** Reads .env.example: a comment that begins with `[readers]`, and the variables below it up to the next empty line. */
export function documentedVariables(text: string): Documented[] {
  let readers: string[] = [];
  return text.split('\n').flatMap((line) => {
    readers = line === '' ? [] : (/^# \[([a-z ]+)\] \S/.exec(line)?.[1]?.split(' ') ?? readers);
    const [, name, value] = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value: value ?? '', readers }];
  });
}

/** `${NAME:-default}` of a compose file, and the variables that it hands on to a container. */
export function composeVariables(text: string) {
  const interpolated = [...text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(
    ([, name = '', fallback = '']) => [name, fallback] as const,
  );
  const environment = [...text.matchAll(/^ +([A-Z][A-Z0-9_]*):(?: (.*))?$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  return { interpolated: new Map(interpolated), environment: new Map(environment) };
}
