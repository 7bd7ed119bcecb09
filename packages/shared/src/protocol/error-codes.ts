/** The one catalogue of errors that clients see, over REST and in frames. `retry`: the same again may succeed later. */
export const errorCatalogue = {
  VALIDATION_ERROR: { status: 400, message: 'The request is not valid', retry: false },
  UNAUTHORIZED: { status: 401, message: 'Who you are could not be established', retry: false },
  SECOND_FACTOR_REQUIRED: { status: 401, message: 'A second factor is needed beside the password', retry: false },
  FORBIDDEN: { status: 403, message: 'You may not do that', retry: false },
  NOT_FOUND: { status: 404, message: 'There is no such thing, or it is not yours to see', retry: false },
  CONFLICT: { status: 409, message: 'It collides with something that is there already', retry: false },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The request is too large', retry: false },
  REFUSED: { status: 422, message: 'It was understood and refused', retry: false },
  RATE_LIMIT_EXCEEDED: { status: 429, message: 'Too many requests', retry: true },
  INTERNAL_ERROR: { status: 500, message: 'Something went wrong on our side', retry: true },
  UNAVAILABLE: {
    status: 503,
    message: 'A part that is needed is away; it may or may not have been taken: send the same again',
    retry: true,
  },
} as const satisfies Record<string, { status: number; message: string; retry: boolean }>;

export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];
