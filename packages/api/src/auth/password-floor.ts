import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { StormError } from '@storm/shared/node';

/** Whose password it is to be: what is known of them is guessed first. */
export interface Owner {
  username: string;
  email: string;
}

/**
 * The guesses that it must take at least, by zxcvbn's count: 10^8, which it calls "safely unguessable". `Password1!` takes
 * 10^4, `Welcome2024!` 10^7.7.
 */
const leastGuesses = 1e8;

/**
 * What is estimated, in UTF-16 units: the estimate takes milliseconds for so much and a second for 72, and more only adds to
 * what is hard to guess already.
 */
const estimatedLength = 32;

/** Keeps out passwords that are among the first to be guessed: common ones with a digit and a sign, rows of keys, one's own name. */
export class PasswordFloor {
  #estimator: ZxcvbnFactory | undefined;

  /** Throws VALIDATION_ERROR that says why, as of the field `path`. */
  require(password: string, owner: Owner, path = 'body.newPassword'): void {
    const weakness = this.weaknessOf(password, owner);
    if (weakness !== undefined) throw new StormError('VALIDATION_ERROR', { details: [{ path, message: weakness }] });
  }

  /** Why a password is too easy to guess; undefined when it is not. */
  weaknessOf(password: string, { username, email }: Owner): string | undefined {
    const [local = ''] = email.split('@');
    const { guesses, sequence } = this.#estimate(password.normalize('NFKC'), ['storm', username, local, email]);
    if (guesses >= leastGuesses) return undefined;
    const own = sequence.some((match) => 'dictionaryName' in match && match.dictionaryName === 'userInputs');
    return own
      ? 'is too easy to guess: it has your name or address in it'
      : 'is too easy to guess: common words, names, dates, rows of keys and repeats are tried first, with digits and signs too';
  }

  /** Made when first needed: the lists of words take 15 MB and a tenth of a second. */
  #estimate(password: string, own: string[]) {
    this.#estimator ??= new ZxcvbnFactory({
      dictionary,
      graphs: adjacencyGraphs,
      maxLength: estimatedLength,
      l33tMaxSubstitutions: 16,
    });
    return this.#estimator.check(password, own);
  }
}
