import { unavailable } from '@storm/shared/node';
import type { RequestHandler } from 'express';

interface Options {
  /** Requests under way at once. */
  capacity: number;
  /** Why nothing can be served yet, if so. */
  notYet: () => string | undefined;
  draining: () => boolean;
}

/** Lets a request in, or refuses it before anything is read: when too many are under way, and until all is set up. */
export function admission({ capacity, notYet, draining }: Options): RequestHandler {
  let underWay = 0;
  return (_request, response, next) => {
    if (draining()) response.setHeader('connection', 'close'); // finish this one, then go elsewhere
    const reason = notYet();
    if (reason !== undefined) throw unavailable(reason);
    if (underWay >= capacity) throw unavailable('too many requests are under way');
    underWay++;
    response.once('close', () => underWay--);
    next();
  };
}
