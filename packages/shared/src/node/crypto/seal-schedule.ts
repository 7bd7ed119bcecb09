import { aadOf } from './aad.js';
import type { Exporter, Psk } from './hpke.js';

const KEY_BYTES = 32;
const TO_WORKER = Buffer.from('storm seal v1: to worker');
const FROM_WORKER = Buffer.from('storm seal v1: from worker');

/** The two keys of a context, one per direction: nothing asked can be played back as an answer. */
export interface SealContextKeys {
  readonly toWorker: Buffer;
  readonly fromWorker: Buffer;
}

export async function exportKeys(exporter: Exporter): Promise<SealContextKeys> {
  const [toWorker, fromWorker] = await Promise.all([
    exporter.export(TO_WORKER, KEY_BYTES),
    exporter.export(FROM_WORKER, KEY_BYTES),
  ]);
  return { toWorker, fromWorker };
}

/** HPKE's `info`: binds format and seal key into every key of the context. */
export function sealInfo(kid: string): Buffer {
  return aadOf('storm seal v1', kid);
}

export function pskOf(pskId: string, key: Buffer): Psk {
  return { id: Buffer.from(pskId), key };
}
