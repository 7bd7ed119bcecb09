import type { TokenAlgorithms } from '../secrets/index.js';
import type { Say } from '../process/say.js';

export const serviceNames = ['worker', 'api', 'gateway'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface StackOptions {
  /** Keeps everything that outlives the stack; made if missing. */
  dataDir: string;
  /** Starts with an empty folder. Default: false. */
  fresh?: boolean;
  /** How many of each. Default: 2 gateways, 1 api, 1 worker. */
  gateways?: number;
  apis?: number;
  workers?: number;
  /** Lifts the rate limits, for load tests. Default: false. */
  unlimited?: boolean;
  /** How access tokens are signed and verified. Default: by HS256. */
  tokens?: TokenAlgorithms;
  say?: Say;
  /** Variables for one of the services, by its number from 0; they win over everything else. */
  env?: (service: ServiceName, index: number) => Record<string, string>;
  /** Servers that are used as they are, instead of ones of the stack's own. */
  external?: { redis?: string | undefined; mongo?: string | undefined };
  /** For the stack's own Redis: `maxmemory` and any other setting. */
  redisConfig?: Readonly<Record<string, string>>;
  /** The services' ports are the free ones from here. Default: any. */
  firstPort?: number;
  /** Ends a start that is under way. */
  signal?: AbortSignal;
}
