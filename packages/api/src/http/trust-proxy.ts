import { isNetwork } from '@storm/shared/node';
import { z } from 'zod';

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
