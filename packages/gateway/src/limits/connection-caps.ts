import type { RedisNames } from '@storm/shared/contracts';
import { addressKey } from '@storm/shared/node';
import type { Lease, Leases } from '../leases/leases.js';

interface Options {
  leases: Leases;
  names: RedisNames;
  /** Undefined: as many as they like. */
  caps: { unauthenticatedPerAddress: number; connectionsPerUser: number } | undefined;
}

const uncounted: Lease = { release: () => undefined };

/** How many connections an address that has not said who it is, and a user, may have on all gateways together. Undefined: no more. */
export class ConnectionCaps {
  constructor(private readonly options: Options) {}

  async ofAddress(address: string, connectionId: string): Promise<Lease | undefined> {
    const { leases, names, caps } = this.options;
    if (!caps) return uncounted;
    return leases.take(names.unauthenticated(addressKey(address)), connectionId, caps.unauthenticatedPerAddress);
  }

  async ofUser(userId: string, connectionId: string): Promise<Lease | undefined> {
    const { leases, names, caps } = this.options;
    if (!caps) return uncounted;
    return leases.take(names.connectionsOf(userId), connectionId, caps.connectionsPerUser);
  }
}
