import type { Meta } from '@storm/shared/protocol';

/** What a handler answers; the router puts it into the envelope. */
export interface Reply<T = unknown> {
  status: number;
  data: T;
  meta?: Omit<Meta, 'requestId' | 'timestamp'>;
  headers?: Record<string, string | readonly string[]>;
}

export const ok = <T>(data: T, meta?: Reply['meta']): Reply<T> => ({ status: 200, data, ...(meta ? { meta } : {}) });
export const created = <T>(data: T): Reply<T> => ({ status: 201, data });
