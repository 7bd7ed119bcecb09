import type { Meta } from '@storm/shared/protocol';
import type { ClientError } from '@storm/shared/node';
import type { Reply } from './reply.js';

const meta = (requestId: string): Meta => ({ requestId, timestamp: new Date().toISOString() });

export const successBody = ({ data, meta: more }: Reply, requestId: string) => ({
  success: true as const,
  data,
  meta: { ...meta(requestId), ...more },
});

export const failureBody = ({ code, message, details }: ClientError, requestId: string) => ({
  success: false as const,
  error: { code, message, ...(details === undefined ? {} : { details }) },
  meta: meta(requestId),
});
