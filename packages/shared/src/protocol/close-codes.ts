/**
 * Why the server closes a socket. The range tells the client what to do: 44xx do not come back until something
 * changed on your side; 45xx come back with backoff and `sync`.
 */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  tooBig: 1009,
  unauthorized: 4401,
  forbidden: 4403,
  abuse: 4429,
  internal: 4500,
  tooSlow: 4508,
  overloaded: 4513,
} as const;

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes];
