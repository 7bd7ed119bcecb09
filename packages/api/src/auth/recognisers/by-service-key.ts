import { bearerOf, unavailable } from '@storm/shared/node';
import { serviceKeyPrefix } from '../service-keys/key-text.js';
import type { Recogniser } from './recogniser.js';

/** `Authorization: Bearer` with a service key that holds. */
export const byServiceKey: Recogniser = async (request, { method }, { serviceKeys, redis }) => {
  const text = bearerOf(request.headers.authorization);
  if (!text?.startsWith(serviceKeyPrefix)) return undefined;
  const service = await serviceKeys.recognise(text, request.ip ?? null);
  if (method !== 'get' && redis.status !== 'ready') throw unavailable('Redis does not answer');
  return service;
};
