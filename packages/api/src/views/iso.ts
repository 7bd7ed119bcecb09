/** The one edge where times change form: milliseconds and dates inside, ISO 8601 in REST. */
export const iso = (time: number | Date): string => new Date(time).toISOString();
export const isoOrNull = (time: number | Date | null): string | null => (time === null ? null : iso(time));
