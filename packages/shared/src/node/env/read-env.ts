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
  throw new EnvError(parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${reason(issue)}`).join('; '));
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

const reason = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && /undefined/.test(issue.message) ? 'is missing' : issue.message;
