import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { metric, percentile, type MongoCounter, type StackDescription } from '@storm/devstack';
import { cpuMs } from '../lib/cpu.js';
import { round } from '../lib/round.js';
import type { Outcome, Wanted } from './clients.js';

interface Options extends Wanted {
  description: StackDescription;
  mongo: MongoCounter;
}

/** What it took to bring everybody back. */
export type Reconnect = Awaited<ReturnType<typeof reconnect>>;

/** For a gateway to see that everybody is gone, and to forget what it kept for who came with them. */
const restMs = 2_000;

/** Lets all clients come back at once, and then go. */
export async function reconnect({ description, mongo, ...wanted }: Options) {
  await wait(restMs);
  const seen = await look(description, mongo);
  const clients = fork(fileURLToPath(new URL('clients.js', import.meta.url)));
  try {
    clients.send(wanted);
    const ended = once(clients, 'exit').then(() => Promise.reject(new Error('the clients did not come back')));
    ended.catch(() => undefined); // of an end of ours nobody has to hear
    const [{ times, ...counts }] = (await Promise.race([once(clients, 'message'), ended])) as [Outcome];
    const now = await look(description, mongo);
    const took = (of: keyof typeof now) => round(now[of] - seen[of], 0);
    return {
      medianMs: round(percentile(times, 0.5), 0),
      p99Ms: round(percentile(times, 0.99), 0),
      allMs: round(Math.max(...times), 0),
      ...counts,
      questionsForPages: took('questionsForPages'),
      otherQuestions: took('questions') - took('questionsForPages'),
      mongoReads: took('mongoReads'),
      gatewayCpuMs: took('gatewayCpu'),
      workerCpuMs: took('workerCpu'),
    };
  } finally {
    clients.kill('SIGKILL');
  }
}

async function look({ pids, http }: StackDescription, mongo: MongoCounter) {
  const worker = http['worker']?.[0] ?? '';
  const questions = 'storm_worker_questions_total';
  return {
    questions: await metric(worker, questions),
    questionsForPages: await metric(worker, questions, 'kind="events"'),
    mongoReads: reads(mongo),
    gatewayCpu: cpuMs(pids['gateway'] ?? []),
    workerCpu: cpuMs(pids['worker'] ?? []),
  };
}

const reading = ['find', 'aggregate', 'getMore', 'count', 'distinct'];
const reads = ({ counts }: MongoCounter): number => reading.reduce((sum, command) => sum + counts.sum(`${command} `), 0);
