import { z } from 'zod';
import type { SecretRef } from '../../common/model/secret.js';

const indexSchema = z.object({
  values: z.record(z.string(), z.object({ valueId: z.string(), version: z.number() })),
  owner: z.object({ uid: z.number().optional(), firstUid: z.number() }).optional(),
  restart: z.boolean(),
  signals: z.array(z.string()),
});

/** What is known of an instance's files besides their content. */
export type SecretIndex = Readonly<z.infer<typeof indexSchema>>;

/** Who the files of an instance belong to, on the host: the container's user, and its user 0. */
export type SecretOwner = NonNullable<SecretIndex['owner']>;

/** Of an instance that has no files yet. */
export const NO_SECRETS: SecretIndex = { values: {}, owner: undefined, restart: false, signals: [] };

/** Reads what was written of it; what cannot be read is asked for anew. */
export function readIndex(text: string): SecretIndex {
  try {
    return indexSchema.parse(JSON.parse(text));
  } catch {
    return NO_SECRETS;
  }
}

/** Those that a container refers to and the host has not. Pure. */
export function missingOf(refs: readonly SecretRef[], index: SecretIndex): string[] {
  return refs.filter(({ name }) => !Object.hasOwn(index.values, name)).map(({ name }) => name);
}

type SecretVersion = SecretIndex['values'][string];

/** Values that have come, by name. */
export type ArrivedValues = ReadonlyMap<string, SecretVersion>;

/**
 * What is known once values are in place, and so what the container is still to get for those that it had in another
 * version: one restart, or each signal once. A value that comes a second time is no new one. Pure.
 */
export function afterArrival(refs: readonly SecretRef[], index: SecretIndex, arrived: ArrivedValues): SecretIndex {
  const wanted = refs
    .filter(({ name }) => Object.hasOwn(index.values, name) && isOther(arrived.get(name), index.values[name]))
    .map(({ onRotate }) => onRotate);
  const restart = index.restart || wanted.includes('restart');
  const signals = wanted.flatMap((word) => (word.startsWith('signal:') ? [word.slice('signal:'.length)] : []));
  return {
    ...index,
    values: { ...index.values, ...Object.fromEntries(arrived) },
    restart,
    // A restart reads everything anew.
    signals: restart ? [] : [...new Set([...index.signals, ...signals])],
  };
}

function isOther(arrived: SecretVersion | undefined, held: SecretVersion | undefined): boolean {
  return arrived !== undefined && arrived.valueId !== held?.valueId;
}
