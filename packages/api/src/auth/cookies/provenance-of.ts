import type { Request } from 'express';
import type { Provenance } from './own-page.js';

export const provenanceOf = (request: Request): Provenance => ({
  origin: request.get('origin'),
  site: request.get('sec-fetch-site'),
  target: `${request.protocol}://${request.get('host') ?? ''}`,
});
