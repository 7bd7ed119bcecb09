import type { Lane } from '../../contracts/index.js';
import type { Reading } from '../vitals/vitals.js';

export interface PressureLimits {
  slowDepth: number;
  refuseDepth: number;
  slowAgeMs: number;
  refuseAgeMs: number;
  /** Share of Redis' memory, 0–1, at which intake refuses; it slows down at four fifths of it. */
  refuseMemory: number;
}

export interface Pressure {
  level: 'ok' | 'slow' | 'refuse';
  retryAfterMs: number;
  why?: string;
}

/** How hard intake may be pressed in a lane. Pure: the reading is what Redis said last, undefined while it says nothing. */
export function pressureOf(lane: Lane, reading: Reading | undefined, limits: PressureLimits): Pressure {
  if (!reading) return { level: 'refuse', retryAfterMs: 1_000, why: 'Redis does not answer' };
  const { memory, queues } = reading;
  const { depth, ageMs } = queues[lane];
  if (memory >= limits.refuseMemory) return { level: 'refuse', retryAfterMs: 5_000, why: 'the queue is full' };
  if (depth >= limits.refuseDepth || ageMs >= limits.refuseAgeMs)
    return { level: 'refuse', retryAfterMs: 5_000, why: 'the queue is too long' };
  if (memory >= 0.8 * limits.refuseMemory || depth >= limits.slowDepth || ageMs >= limits.slowAgeMs)
    return { level: 'slow', retryAfterMs: 1_000 };
  return { level: 'ok', retryAfterMs: 0 };
}
