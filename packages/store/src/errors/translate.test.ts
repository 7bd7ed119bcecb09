import mongoose from 'mongoose';
import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import { guard } from './guard.js';
import { DuplicateKey, StoreFailure, StoreUnavailable } from './index.js';
import { translate } from './translate.js';

const store = useStore();
const secret = 'a text that must not be in any error';
const things = () => store.connection.collection<{ name: string; other?: number; text?: string }>('things');

async function thrownBy(query: () => Promise<unknown>): Promise<unknown> {
  const error: unknown = await guard({ query })
    .query()
    .then(() => undefined)
    .catch((thrown: unknown) => thrown);
  return error;
}

/** All that a logger could print of an error, its causes included. */
function printed(error: unknown): string {
  const seen: unknown[] = [];
  for (let at = error; at instanceof Error; at = at.cause) seen.push(at.message, at.stack, { ...at });
  return JSON.stringify(seen);
}

it.each([
  ['an insert', () => things().insertOne({ name: 'a', text: secret })],
  ['a bulk of inserts', () => things().insertMany([{ name: 'c' }, { name: 'a', text: secret }])],
  ['an update', () => things().updateOne({ name: 'b' }, { $set: { name: 'a', text: secret } })],
  [
    'a bulk of updates',
    () => things().bulkWrite([{ updateOne: { filter: { name: 'b' }, update: { $set: { name: 'a', text: secret } } } }]),
  ],
])('says which unique index refused %s, and nothing of the document', async (_of, query) => {
  await things().createIndex({ name: 1 }, { name: 'by_name', unique: true });
  await things().deleteMany({});
  await things().insertMany([{ name: 'a' }, { name: 'b' }]);
  const error = await thrownBy(query);
  expect(error).toBeInstanceOf(DuplicateKey);
  expect((error as DuplicateKey).index).toBe('by_name');
  expect(printed(error)).not.toContain(secret);
});

it('knows a duplicate in findOneAndUpdate, though not every server says the index', async () => {
  await things().createIndex({ name: 1 }, { name: 'by_name', unique: true });
  await things().deleteMany({});
  await things().insertMany([{ name: 'a' }, { name: 'b' }]);
  const error = await thrownBy(() => things().findOneAndUpdate({ name: 'b' }, { $set: { name: 'a', text: secret } }));
  expect(error).toBeInstanceOf(DuplicateKey);
  expect(printed(error)).not.toContain(secret);
});

it('makes a failure of what the server refuses for good, by its code and without values', async () => {
  const error = await thrownBy(() => things().find({ $nonsense: secret }).toArray());
  expect(error).toBeInstanceOf(StoreFailure);
  expect((error as StoreFailure).code).toBeTypeOf('number');
  expect(printed(error)).not.toContain(secret);
});

it.each([
  ['a server that is no primary any more', { code: 10107, codeName: 'NotWritablePrimary' }],
  ['a server that goes down', { code: 91, codeName: 'ShutdownInProgress' }],
  ['a majority that does not answer in time', { code: 64, codeName: 'WriteConcernTimeout' }],
  [
    'a server that lost its storage',
    { code: 1, codeName: 'InternalError', message: 'terminating connection due to administrator command' },
  ],
  ['a write that another one stood in the way of', { code: 112, codeName: 'WriteConflict' }],
  ['what the driver would try again', { code: 123456, errorLabels: ['RetryableWriteError'] }],
])('takes %s as unavailable', (_what, response) => {
  const error = translate(new mongoose.mongo.MongoServerError({ message: 'm', ...response, op: { text: secret } }));
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error).toMatchObject({ code: 'UNAVAILABLE' });
  expect(printed(error)).not.toContain(secret);
});

it('takes an internal error that says nothing of a lost storage as a failure', () => {
  expect(translate(new mongoose.mongo.MongoServerError({ message: 'stack overflow', code: 1 }))).toBeInstanceOf(StoreFailure);
});

it('leaves alone what is not the database’s', async () => {
  const error = new RangeError('mine');
  expect(await thrownBy(() => Promise.reject(error))).toBe(error);
  expect(translate(new mongoose.mongo.MongoInvalidArgumentError('ours'))).toBeInstanceOf(
    mongoose.mongo.MongoInvalidArgumentError,
  );
});
