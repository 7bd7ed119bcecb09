import { PasswordChange } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { findSelf } from '../../users/find-self.js';
import { requirePassword } from '../../users/require-password.js';

export const changePassword = operation({
  method: 'put',
  path: '/users/me/password',
  tag: 'users',
  summary: 'Change my password; my other sessions end',
  permission: 'profile.own',
  request: { body: PasswordChange },
  response: { 200: z.null() },
  async handle({ user: claims, body: { currentPassword, newPassword }, address }, context) {
    const { passwords, passwordFloor, loginSlowDown, store, revoker, audit, failures } = context;
    const user = await findSelf(claims, store);
    requirePassword(user);
    passwordFloor.require(newPassword, user);
    const succeeded = await loginSlowDown.attempt(user._id, address);
    // Not UNAUTHORIZED: the token holds, and a client would refresh it and try again.
    const wrong = new StormError('REFUSED', { message: 'The current password is wrong' });
    const { passwordHash: from } = user;
    if (!(await passwords.verify(from, currentPassword))) {
      failures.note({ actor: user._id, action: 'login-failed', address, details: { reason: 'password-change' } });
      throw wrong;
    }
    await succeeded();
    const to = await passwords.hash(newPassword);
    const endOthers = () => revoker.endSessionsOf(user._id, { except: claims.sid });
    await endOthers(); // before, too: if we die in between, nobody is left signed in by the old one
    if (!(await store.users.replacePassword(user._id, { from, to }))) throw wrong;
    // Ended first: who knew the old one must not stay because the log can't be written.
    await endOthers().finally(() => audit.record({ actor: user._id, action: 'password-changed', target: user._id, address }));
    return ok(null);
  },
});
