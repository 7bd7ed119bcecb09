import { report } from '../report.js';
import type { System } from '../system.js';
import type { Device } from './device.js';
import { scriptOf, told } from './script.js';
import { Stage } from './stage.js';

/** What came of one seed. */
export interface Figures {
  steps: number;
  /** Connections after each device's first. */
  resumes: number;
  /** Asked for. */
  syncs: number;
  /** Of missed events, those included that gateways sent unasked after a joining. */
  pages: number;
  /** Syncs that ended `complete: false`. */
  reloads: number;
  /** Live events with something missing before them. */
  gaps: number;
  /** Of changes over sockets, by event and outcome. */
  verdicts: ReadonlyMap<string, number>;
}

/**
 * Plays the script of a seed, with nobody waiting for anybody, brings all devices back, and throws when one of them has another
 * state than the API shows its user, or when a gateway did what it never should.
 */
export async function play(seed: number, system: System): Promise<Figures> {
  const script = scriptOf(seed);
  const stage = await Stage.set(seed, system);
  try {
    for (const step of script) await stage.perform(step);
    await stage.comeTogether();
    await stage.compare();
    return figuresOf(script.length, stage.devices);
  } catch (error) {
    report(
      `seed ${seed} failed with ${(error as Error).message}; STORM_TEST_SEED=${seed} plays it again:\n${stage.cast}\n${script.map(told).join('\n')}`,
    );
    throw error;
  } finally {
    await stage.clear();
  }
}

function figuresOf(steps: number, devices: readonly Device[]): Figures {
  const verdicts = new Map<string, number>();
  for (const device of devices) {
    for (const [outcome, count] of device.verdicts) verdicts.set(outcome, (verdicts.get(outcome) ?? 0) + count);
  }
  const sum = (of: (device: Device) => number) => devices.reduce((total, device) => total + of(device), 0);
  return {
    steps,
    resumes: sum(({ resumes }) => resumes - 1),
    syncs: sum(({ replica }) => replica.counts.syncs),
    pages: sum(({ replica }) => replica.counts.pages),
    reloads: sum(({ replica }) => replica.counts.reloads),
    gaps: sum(({ replica }) => replica.counts.gaps),
    verdicts,
  };
}
