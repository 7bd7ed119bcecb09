import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** A variable is missing or wrong. The message names it and never shows its value. */
export class EnvError extends Error {
  override name = 'EnvError';
}

type Env = Record<string, string | undefined>;

/**
 * Parses the environment by a schema whose keys are the variables' names. `NAME_FILE` names a file that holds the
 * value of `NAME` (a mounted secret); an empty value counts as none.
 */
export function readEnv<S extends z.ZodObject>(schema: S, env: Env): z.infer<S> {
  const raw: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = env[name] || fromFile(`${name}_FILE`, env);
    if (value) raw[name] = value;
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new EnvError(parsed.error.issues.map((issue) => explain(issue, raw)).join('; '));
}

function fromFile(name: string, env: Env): string | undefined {
  const path = env[name];
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new EnvError(`${name}: can't read the file (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

function explain({ path, message }: z.core.$ZodIssue, raw: Record<string, string>): string {
  const name = path[0];
  if (name === undefined) return message; // of the variables as a whole
  return Object.hasOwn(raw, name) ? `${String(name)}: ${message}` : `${String(name)}: is missing`;
}
