import { mongo } from 'mongoose';

/** A row of the timeline as MongoDB gives it, and all of its bytes. */
export interface StoredRow {
  document: mongo.Document;
  bytes: Buffer;
}

/** Reads the rows that a query finds, past all of Storm's own code. */
export async function rowsInDatabase(url: string, database: string, query: mongo.Document): Promise<StoredRow[]> {
  const client = await new mongo.MongoClient(url).connect();
  try {
    const documents = await client.db(database).collection('timeline').find(query).toArray();
    return documents.map((document) => ({ document, bytes: Buffer.from(mongo.BSON.serialize(document)) }));
  } finally {
    await client.close();
  }
}

/** A row as one line, long binary values cut. */
export function showRow({ document }: StoredRow): string {
  const shown = Object.entries(document).map(([name, value]) => [
    name,
    value instanceof mongo.Binary ? showBinary(value) : (value as unknown),
  ]);
  return JSON.stringify(Object.fromEntries(shown));
}

function showBinary(value: mongo.Binary): string {
  const hex = Buffer.from(value.value()).toString('hex');
  return `<${value.length()} bytes: ${hex.length > 24 ? `${hex.slice(0, 24)}…` : hex}>`;
}
