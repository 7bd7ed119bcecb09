import type { Connection, Model } from 'mongoose';
import { type AuditEntry, auditSchema } from './audit/schema.js';
import { type ChannelKeyDocument, channelKeySchema } from './channel-keys/schema.js';
import { type Channel, channelSchema } from './channels/schema.js';
import { type DeadLetterDocument, deadLetterSchema } from './dead-letters/schema.js';
import { type HeadDocument, headSchema } from './heads/schema.js';
import { type Membership, membershipSchema } from './memberships/schema.js';
import { type MetaDocument, metaSchema } from './meta/schema.js';
import { type NameDocument, nameSchema } from './names/schema.js';
import { type Notification, notificationSchema } from './notifications/schema.js';
import { type OutsideIdentity, outsideIdentitySchema } from './outside-identities/schema.js';
import { type Reaction, reactionSchema } from './reactions/schema.js';
import { type SecondFactor, secondFactorSchema } from './second-factors/schema.js';
import { type Session, sessionSchema } from './sessions/schema.js';
import { type ServiceKey, serviceKeySchema } from './service-keys/schema.js';
import { type TimelineDocument, timelineSchema } from './timeline/schema.js';
import { type User, userSchema } from './users/schema.js';

export interface Models {
  meta: Model<MetaDocument>;
  users: Model<User>;
  sessions: Model<Session>;
  outsideIdentities: Model<OutsideIdentity>;
  secondFactors: Model<SecondFactor>;
  names: Model<NameDocument>;
  channels: Model<Channel>;
  memberships: Model<Membership>;
  timeline: Model<TimelineDocument>;
  reactions: Model<Reaction>;
  heads: Model<HeadDocument>;
  channelKeys: Model<ChannelKeyDocument>;
  deadLetters: Model<DeadLetterDocument>;
  notifications: Model<Notification>;
  serviceKeys: Model<ServiceKey>;
  audit: Model<AuditEntry>;
}

/** The models of every collection, on one connection. */
export function defineModels(connection: Connection): Models {
  return {
    meta: connection.model<MetaDocument>('Meta', metaSchema),
    users: connection.model<User>('User', userSchema),
    sessions: connection.model<Session>('Session', sessionSchema),
    outsideIdentities: connection.model<OutsideIdentity>('OutsideIdentity', outsideIdentitySchema),
    secondFactors: connection.model<SecondFactor>('SecondFactor', secondFactorSchema),
    names: connection.model<NameDocument>('Name', nameSchema),
    channels: connection.model<Channel>('Channel', channelSchema),
    memberships: connection.model<Membership>('Membership', membershipSchema),
    timeline: connection.model<TimelineDocument>('Timeline', timelineSchema),
    reactions: connection.model<Reaction>('Reaction', reactionSchema),
    heads: connection.model<HeadDocument>('Head', headSchema),
    channelKeys: connection.model<ChannelKeyDocument>('ChannelKey', channelKeySchema),
    deadLetters: connection.model<DeadLetterDocument>('DeadLetter', deadLetterSchema),
    notifications: connection.model<Notification>('Notification', notificationSchema),
    serviceKeys: connection.model<ServiceKey>('ServiceKey', serviceKeySchema),
    audit: connection.model<AuditEntry>('Audit', auditSchema),
  };
}
