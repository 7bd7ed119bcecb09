import { translate } from './translate.js';

type Query = (...parameters: never[]) => Promise<unknown>;

/** Gives each of a collection's named queries the one translation of errors. */
export function guard<T extends Record<string, Query>>(queries: T): T {
  return Object.fromEntries(Object.entries(queries).map(([name, query]) => [name, guarded(query)])) as T;
}

const guarded =
  (query: Query): Query =>
  async (...parameters) => {
    try {
      return await query(...parameters);
    } catch (error) {
      throw translate(error);
    }
  };
