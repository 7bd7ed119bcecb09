import { z } from 'zod';
import { optional } from '../../env/optional.js';
import { integer, list } from '../../env/sections.js';

const url = optional(z.url({ protocol: /^https?$/ }));
/** RFC 6265's token; those of ours are nobody else's. */
const cookieName = z
  .string()
  .regex(/^(?!storm_)[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'must be names of cookies, and none of ours');

/** Of those that believe an identity service outside. None is believed by default. */
export const outsideEnv = {
  /** Where its keys are (a JWK Set): its tokens are verified here. */
  OUTSIDE_JWKS_URL: url,
  /** In place of that, where it says who brings a token or cookie. */
  OUTSIDE_PROFILE_URL: url,
  /** `iss` of its tokens. With a profile URL: the name under which its users are kept; by default the URL's origin. */
  OUTSIDE_ISSUER: optional(z.string().max(512)),
  /** `aud` of its tokens that are for us. */
  OUTSIDE_AUDIENCE: optional(z.string().max(512)),
  /** Names of the cookies that are sent to the profile URL, comma-separated; none: bearer tokens alone. */
  OUTSIDE_COOKIES: list.pipe(z.array(cookieName).max(10)),
  OUTSIDE_TIMEOUT_MS: integer(5_000, { min: 100, max: 30_000 }),
  /** `on` lets it be asked over plain HTTP: in a network that nobody else is in. */
  OUTSIDE_PLAIN_HTTP: z.enum(['on', 'off']).default('off'),
};

export type OutsideConfig = z.infer<z.ZodObject<typeof outsideEnv>> & { TOKEN_ISSUER: string };

/** For the schema: an issue that names the variables when they don't go together. */
export function checkOutside(config: OutsideConfig, context: z.RefinementCtx): void {
  const { OUTSIDE_JWKS_URL: jwks, OUTSIDE_PROFILE_URL: profile, OUTSIDE_ISSUER: issuer } = config;
  const wrong = (message: string) => context.addIssue({ code: 'custom', message });
  if (jwks !== undefined && profile !== undefined) wrong('OUTSIDE_JWKS_URL and OUTSIDE_PROFILE_URL: set one of them');
  if (jwks !== undefined && (issuer === undefined || config.OUTSIDE_AUDIENCE === undefined))
    wrong('OUTSIDE_ISSUER and OUTSIDE_AUDIENCE: both are needed with OUTSIDE_JWKS_URL');
  if (profile === undefined && config.OUTSIDE_COOKIES.length > 0) wrong('OUTSIDE_COOKIES: only with OUTSIDE_PROFILE_URL');
  if (issuer === config.TOKEN_ISSUER) wrong('OUTSIDE_ISSUER: must differ from TOKEN_ISSUER');
  for (const [name, value] of Object.entries({ OUTSIDE_JWKS_URL: jwks, OUTSIDE_PROFILE_URL: profile })) {
    if (value !== undefined && config.OUTSIDE_PLAIN_HTTP === 'off' && isOpenHttp(new URL(value)))
      wrong(`${name}: must begin with https://, unless OUTSIDE_PLAIN_HTTP is on`);
  }
}

/** On the machine itself nobody listens in. */
const isOpenHttp = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && !/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
