import type { Constraint } from './miner.js';
import { parseBytes, parseCpu } from './units.js';

/** Resources that a constraint text asks for; what it does not name is undefined. */
export interface AskedResources {
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  readonly gpus?: number;
}

/** Label of hosts with what they cost, in USD for an epoch. */
export const PRICE_LABEL = 'price-per-epoch-usd';
/** Prices are read to this part of a dollar. */
const PRICE_STEPS = 1_000_000;
const HIGHEST_PRICE = 1_000_000_000;

type Field = keyof AskedResources;

const FIELDS: Readonly<Record<string, Field>> = {
  cpu: 'cpuMillis',
  ram: 'memoryBytes',
  memory: 'memoryBytes',
  storage: 'diskBytes',
  disk: 'diskBytes',
  gpu: 'gpus',
};

/**
 * Reads a text such as `cpu-8-ram-16gb-storage-50gb`: pairs of a resource (cpu, ram or memory, storage or disk, gpu) and its amount,
 * in any order, each once; `gb` is 2^30 bytes, as in manifests. Undefined for any other text. Pure.
 */
export function parseConstraintText(text: string): AskedResources | undefined {
  const words = text.trim().split('-');
  if (text.length > 200 || words.length % 2 !== 0) return undefined;
  const asked = new Map<Field, number>();
  for (let at = 0; at < words.length; at += 2) {
    const field = FIELDS[(words[at] ?? '').toLowerCase()];
    const amount = field && amountOf(field, words[at + 1] ?? '');
    if (field === undefined || amount === undefined || amount <= 0 || asked.has(field)) return undefined;
    asked.set(field, amount);
  }
  return Object.fromEntries(asked);
}

/**
 * The constraint that holds on hosts whose price label is no more than `usd`, such as of `maxTotalPricePerEpochUsd`; undefined
 * where that is no price from 0 to 1,000,000,000. A host without the label has no price, and is left out. Pure.
 */
export function priceConstraint(usd: number): Constraint | undefined {
  if (!(usd >= 0 && usd <= HIGHEST_PRICE)) return undefined;
  // `less` leaves out what is equal, which is still no more.
  const limit = (Math.floor(usd * PRICE_STEPS + 1e-6) + 1) / PRICE_STEPS;
  return { attribute: `labels.${PRICE_LABEL}`, operator: 'less', values: [limit.toFixed(6)] };
}

function amountOf(field: Field, word: string): number | undefined {
  if (field === 'cpuMillis') return parseCpu(word);
  if (field === 'gpus') return /^\d{1,3}$/.test(word) ? Number(word) : undefined;
  // Without a unit it could be anything.
  return /[a-z]/i.test(word) ? parseBytes(word) : undefined;
}
