import { openStore } from '@storm/store';
import type { Bearer } from './mint.js';

interface Options {
  mongoUrl: string;
  members: readonly Bearer[];
  /** The channels that the n-th of them is put into. */
  channelsOf: (n: number) => readonly string[];
}

const atOnce = 5_000;

/**
 * Puts users with their accounts and memberships straight into MongoDB, as members of seq 1: what thousands of registrations
 * and joins would leave there. Do it before they connect: nobody is told.
 */
export async function populate({ mongoUrl, members, channelsOf }: Options): Promise<void> {
  const store = openStore({ url: mongoUrl, database: 'storm' });
  try {
    await store.connected();
    const joinedAt = new Date();
    const sizes = new Map<string, number>();
    for (let at = 0; at < members.length; at += atOnce) {
      const some = members.slice(at, at + atOnce);
      const memberships = some.flatMap(({ id }, i) =>
        channelsOf(at + i).map((channelId) => {
          sizes.set(channelId, (sizes.get(channelId) ?? 0) + 1);
          const begun = { joinedAt, joinedPosition: 0, readPosition: 0, readAt: null };
          return { channelId, userId: id, role: 'member' as const, ...begun, version: 1, leftAt: null };
        }),
      );
      await store.models.users.collection.insertMany(some.map(({ id }) => account(id, joinedAt)) as never[], { ordered: false });
      if (memberships.length > 0) await store.models.memberships.collection.insertMany(memberships, { ordered: false });
    }
    for (const [channelId, size] of sizes) {
      await store.models.channels.updateOne({ _id: { $eq: channelId } }, { $inc: { memberCount: size } });
    }
  } finally {
    await store.close();
  }
}

function account(id: string, createdAt: Date) {
  const [username, email] = [`b${id.slice(1)}`, `${id}@example.org`];
  return {
    _id: id,
    username,
    usernameLower: username.toLowerCase(),
    displayName: null,
    email,
    emailLower: email.toLowerCase(),
    passwordHash: null,
    role: 'member',
    isActive: true,
    accessVersion: 0,
    accessChangedAt: null,
    lastSeenAt: null,
    createdAt,
  };
}
