import type { QuestionKind } from '@storm/shared/contracts';
import { Counter, type Registry } from 'prom-client';

/** Counts the questions of apis and gateways that this worker answered, by what was asked. */
export function countQuestions(register: Registry): (kind: QuestionKind) => void {
  const answered = new Counter({
    name: 'storm_worker_questions_total',
    help: 'Questions answered',
    labelNames: ['kind'],
    registers: [register],
  });
  return (kind) => answered.inc({ kind });
}
