import { limits, WsTicket } from '@storm/shared/protocol';
import { issueTicket, unavailable } from '@storm/shared/node';
import { operation } from '../../http/operation.js';
import { created } from '../../http/reply.js';

export const wsTicket = operation({
  method: 'post',
  path: '/auth/ws-ticket',
  tag: 'auth',
  summary: 'Make a single-use ticket that opens a WebSocket',
  permission: 'session.own',
  limit: 'tickets',
  response: { 201: WsTicket },
  async handle({ user }, { redis, names, config }) {
    const ticket = await issueTicket(user, { redis, names, intakeSecrets: config.INTAKE_SECRETS }).catch((error: unknown) => {
      throw unavailable('tickets can not be kept now', 1_000, error);
    });
    return created({ ticket, expiresIn: limits.ticketMs / 1_000 });
  },
});
