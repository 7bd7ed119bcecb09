/** Of typing a gateway tells the others so much; what is more is dropped. */
export const typingTold = { perMinute: 60_000, burst: 1_000 };
