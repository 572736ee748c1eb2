import { chainSpec } from '@substrate/connect-known-chains/rococo_v2_2_asset_hub';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GenesisProvider } from '@acala-network/chopsticks-core';

/** A raw genesis: the runtime and its first storage. */
export type Genesis = ConstructorParameters<typeof GenesisProvider>[0];

/** Real runtimes that boot without a network: Subtensor's dTAO rehearsal build (spec 218), Rococo Asset Hub (statemine 900). */
export type RuntimeName = 'raonet' | 'asset-hub';

/** Storage key of Timestamp.Now: twox128('Timestamp') and twox128('Now'). */
const NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb';
/** A multiple of every length of a slot in use. */
const FIRST_BLOCK_MS = Date.UTC(2025, 0, 1);

/**
 * The genesis of a runtime, its clock set: without, the first block asks the clock twice, and fails across the edge of a
 * slot. Raonet's file is `scripts/specs/raonet.json` of opentensor/subtensor, unmodified, in the public domain.
 */
export function readGenesis(runtime: RuntimeName): Genesis {
  const text =
    runtime === 'raonet' ? readFileSync(join(import.meta.dirname, 'specs/subtensor-raonet.json'), 'utf8') : chainSpec;
  const genesis = JSON.parse(text) as Genesis; // both are raw chain specs
  genesis.genesis.raw.top[NOW] ??= littleEndian64(FIRST_BLOCK_MS);
  return genesis;
}

function littleEndian64(value: number): `0x${string}` {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return `0x${bytes.toString('hex')}`;
}
