import type { SystemRow } from '@storm/store';

/** A row before its place in the log, its ids and its encryption: only what deciding adds. */
export type Decided =
  | { kind: 'message'; id: string; text: string; threadId: string | null; mentions: string[]; clientTs: Date }
  | { kind: 'edit'; target: number; targetId: string; text: string; mentions: string[] }
  | {
      kind: 'reaction';
      target: number;
      targetId: string;
      emoji: string;
      added: boolean;
      /** All counts, after. */
      reactions: Record<string, number>;
    }
  | { kind: 'delete'; target: number; targetId: string }
  | { kind: 'system'; system: SystemRow['system'] };

/** The same with its place. */
export type RowPlan =
  | (Extract<Decided, { kind: 'message' }> & { seq: number; position: number })
  | (Exclude<Decided, { kind: 'message' }> & { seq: number });
