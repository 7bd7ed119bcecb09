import { afterAll, beforeAll, expect, it } from 'vitest';
import { metric } from '../../src/clients/metric.js';
import { scaled } from '../../src/testing/index.js';
import { inTurns } from './support/crowd.js';
import { play } from './support/oracle/play.js';
import { report, seconds } from './support/report.js';
import { startSystem, type System } from './support/system.js';

/** `STORM_TEST_SEED` plays one seed again. */
const only = process.env['STORM_TEST_SEED'];
const seeds = only === undefined ? Array.from({ length: scaled(100, 8) }, (_, i) => i + 1) : [Number(only)];
const seedsAtOnce = 4;

let system: System;

beforeAll(async () => {
  system = await startSystem({ gateways: 2 });
}, 120_000);

afterAll(() => system?.stop());

it('shows everybody who came back what it shows who comes anew, whatever happened meanwhile', async () => {
  const began = performance.now();
  const failures: unknown[] = [];
  const played = await inTurns(seeds, seedsAtOnce, (seed) =>
    play(seed, system).catch((error: unknown) => {
      failures.push(error);
    }),
  );
  const figures = played.filter((figure) => figure !== undefined);

  const sum = (of: (figure: (typeof figures)[number]) => number) => figures.reduce((total, figure) => total + of(figure), 0);
  const verdicts = new Map<string, number>();
  for (const figure of figures) {
    for (const [outcome, count] of figure.verdicts) verdicts.set(outcome, (verdicts.get(outcome) ?? 0) + count);
  }
  const fromWorker = await metric(system.stack.services.worker[0]?.url ?? '', 'storm_worker_questions_total', 'kind="events"');
  report(
    `oracle: ${seeds.length} seeds, ${sum(({ steps }) => steps)} steps, ${sum(({ resumes }) => resumes)} resumes, ` +
      `${sum(({ syncs }) => syncs)} syncs (${sum(({ pages }) => pages)} pages, ${fromWorker} read from the worker, ` +
      `${sum(({ reloads }) => reloads)} reloads), ${sum(({ gaps }) => gaps)} gaps seen live in ${seconds(performance.now() - began)} s; ` +
      `changes: ${[...verdicts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`,
  );
  if (failures.length > 0) throw failures[0];
  if (only === undefined) {
    expect(fromWorker).toBeGreaterThan(0);
    expect(sum(({ pages }) => pages)).toBeGreaterThan(0);
    expect(sum(({ reloads }) => reloads)).toBeGreaterThan(0);
  }
}, 900_000);
