import type { Request } from 'express';
import type { Context } from '../../context.js';
import type { Operation } from '../../http/operation.js';
import type { Identity } from '../service-keys/service.js';

/**
 * One way to say who one is. Undefined when the request does not say it this way; throws UNAUTHORIZED when it does and it does
 * not hold, UNAVAILABLE when that can't be checked now.
 */
export type Recogniser = (request: Request, operation: Operation, context: Context) => Promise<Identity | undefined>;
