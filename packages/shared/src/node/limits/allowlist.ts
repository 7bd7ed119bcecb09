import { BlockList, isIP } from 'node:net';
import { addressKey } from './address-key.js';

/** Addresses and networks (`10.0.0.0/8`, `2001:db8::/32`) that no rule by address touches. An IPv4 address may come mapped into IPv6. */
export class Allowlist {
  readonly #networks = new BlockList();

  /** @param networks each must pass `isNetwork` */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', bits] = network.split('/');
      const [family, all] = isIP(address) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
      this.#networks.addSubnet(address, bits === undefined ? all : Number(bits), family);
    }
  }

  has(address: string): boolean {
    const key = addressKey(address);
    if (isIP(key) === 4) return this.#networks.check(key, 'ipv4');
    const [bare = ''] = address.split('%');
    return isIP(bare) === 6 && this.#networks.check(bare, 'ipv6');
  }
}
