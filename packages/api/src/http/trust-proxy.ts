import { isIP } from 'node:net';
import { z } from 'zod';

/** An address, or a network as `address/bits`. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (!family || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** For Express' `trust proxy`: an exact number of hops (0 by default), or a list of addresses and networks; `true` is refused. */
export const trustProxySchema = z
  .string()
  .default('0')
  .transform((text, context): number | string[] => {
    if (/^\d{1,2}$/.test(text)) return Number(text);
    const networks = text.split(',').map((item) => item.trim());
    if (networks.every(isNetwork)) return networks;
    context.addIssue({ code: 'custom', message: 'must be a number of hops, or a list of addresses' });
    return z.NEVER;
  });
