import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const count = z.coerce.number().int().min(1).max(32).default(1);

const Values = z.object({
  once: z.boolean().default(false),
  fresh: z.boolean().default(false),
  unlimited: z.boolean().default(false),
  help: z.boolean().default(false),
  data: z.string().min(1).optional(),
  gateways: count.default(2),
  apis: count,
  workers: count,
});

export type StartOptions = Omit<z.infer<typeof Values>, 'data'> & { dataDir: string };

export const usage = `npm start -- [options]: all of Storm on this machine

  --once           end after the scenario; the exit code tells if all was as it should be
  --data DIR       keep the data there (default: .storm)
  --fresh          begin with empty data
  --unlimited      lift the rate limits, for load tests
  --gateways N     how many gateways (2), --apis N apis (1), --workers N workers (1)

REDIS_URL and MONGO_URL name servers to use instead of ones of its own.`;

/** Reads the command line. Throws one line that names what is wrong. */
export function readOptions(args: readonly string[], { cwd, defaultData }: { cwd: string; defaultData: string }): StartOptions {
  const flag = { type: 'boolean' } as const;
  const value = { type: 'string' } as const;
  const options = {
    once: flag,
    fresh: flag,
    unlimited: flag,
    help: flag,
    data: value,
    gateways: value,
    apis: value,
    workers: value,
  };
  const { values } = parseArgs({ args: [...args], options });
  const parsed = Values.safeParse(values);
  if (!parsed.success)
    throw new Error(parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('; '));
  const { data, ...rest } = parsed.data;
  return { ...rest, dataDir: data === undefined ? defaultData : resolve(cwd, data) };
}
