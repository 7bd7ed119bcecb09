import type { Say } from '../process/say.js';
import { playScenario } from '../scenario/play.js';
import { startStack } from '../stack/start-stack.js';
import { howToTry } from './how-to-try.js';
import type { StartOptions } from './options.js';

export interface RunContext {
  say: Say;
  env: NodeJS.ProcessEnv;
}

/**
 * `npm start`: brings the stack up, plays the scenario, stays until it is asked to end (SIGINT, SIGTERM; a second one ends
 * it at once). Resolves with the exit code: 0 when all was as it should be.
 */
export async function run(options: StartOptions, { say, env }: RunContext): Promise<number> {
  const asked = new AbortController();
  const ask = (signal: NodeJS.Signals) => {
    if (asked.signal.aborted) process.exit(130);
    say(`stopping (${signal}); once more ends it at once`);
    asked.abort(new Error('asked to end'));
  };
  process.on('SIGINT', ask).on('SIGTERM', ask);
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  try {
    if (options.unlimited) say('without rate limits: for load tests, not for use');
    const external = { redis: env['REDIS_URL'] || undefined, mongo: env['MONGO_URL'] || undefined };
    const stack = await startStack({ ...options, say, external, firstPort: 3000, signal: asked.signal });
    try {
      const { api, gateways, mongo } = stack.description;
      const [first = '', second = first] = gateways;
      const database = env['MONGO_DATABASE'] || 'storm';
      const result = await playScenario({ api: api[0] ?? '', gateways: [first, second], mongo, database, write });
      write('\nAll of it is as it should be.');
      if (options.once) return 0;
      write(howToTry(stack.description, result));
      await new Promise((resolve) => asked.signal.addEventListener('abort', resolve));
      return 0;
    } finally {
      await stack.stop();
      say('everything is stopped');
    }
  } catch (error) {
    if (asked.signal.aborted) return 130;
    say((error as Error).message);
    return 1;
  } finally {
    process.off('SIGINT', ask).off('SIGTERM', ask);
  }
}
