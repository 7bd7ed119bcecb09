import { z } from 'zod';

// By its source: compilers for older targets know neither this flag nor this property, which all of the runtimes do.
const oneEmoji = new RegExp('^\\p{RGI_Emoji}$', 'v');

/**
 * One emoji as Unicode recommends it for interchange: whole (a flag, a family, a skin tone are one) and fully qualified, so
 * that one emoji has one spelling.
 */
export const Emoji = z.string().max(64).regex(oneEmoji, 'not one emoji');
export type Emoji = z.infer<typeof Emoji>;
