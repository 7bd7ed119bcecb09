export { JwksSource, type JwksOptions } from './jwks-source.js';
export { checkOutside, outsideEnv, type OutsideConfig } from './outside-env.js';
export { outsideSource } from './outside-source.js';
export { Outsiders } from './outsiders.js';
export { ProfileSource, type ProfileOptions } from './profile-source.js';
export type { Credential, IdentitySource, Vouched } from './vouched.js';
