import { renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const perService = <T extends z.ZodType>(value: T) => z.record(z.string(), z.array(value));

/** A running stack as `stack.json` in its data folder tells it to tools. There while the stack is up and ready. */
export const StackDescription = z.object({
  /** Base URLs of the apis, without `/api/v1`. */
  api: z.array(z.string()),
  /** WebSocket URLs of the gateways, with the path. */
  gateways: z.array(z.string()),
  redis: z.string(),
  mongo: z.string(),
  /** The folder of all log files. */
  logs: z.string(),
  /** By service, the base URLs of `/health`, `/readiness` and `/metrics`. */
  http: perService(z.string()),
  /** By service, the processes as they are now. */
  pids: perService(z.number()),
});

export type StackDescription = z.infer<typeof StackDescription>;

/** Replaces the file in one step: a reader sees a whole one. It names no secrets. */
export function writeDescription(path: string, description: StackDescription): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(description, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}
