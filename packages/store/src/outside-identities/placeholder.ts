/** Nothing is ever delivered there (RFC 2606). */
const domain = '@outside.invalid';

/** Stands in for an address that an account has not, or that is somebody else's already: every account has another one. */
export const placeholderFor = (userId: string): string => `${userId}${domain}`;

/** Is it no address of a person, but what stands in for it? */
export const isPlaceholder = (email: string): boolean => email.endsWith(domain);
