import kusamaOld from '@polkadot/types-support/metadata/v13/kusama-hex';
import polkadot from '@polkadot/types-support/metadata/v14/polkadot-hex';
import polkadotVersion from '@polkadot/types-support/metadata/v14/polkadot-ver';
import kusamaVersion from '@polkadot/types-support/metadata/v14/kusama-ver';
import assetHub from '@polkadot/types-support/metadata/v15/asset-hub-polkadot-hex';
import assetHubVersion from '@polkadot/types-support/metadata/v15/asset-hub-polkadot-ver';
import type { RecordedRuntime } from './metadata-chain.js';

/** Runtimes with the pallet Staking, by the metadata that their chains gave: none of them can be had to run here. */
export const RECORDED: Readonly<Record<'polkadot' | 'kusamaOld' | 'assetHub', RecordedRuntime>> = {
  /** Spec 1002005 of 2024: who bonds controls the bond. */
  polkadot: { metadata: polkadot, version: polkadotVersion },
  /** Spec 9100 of 2021: bonds have a controller of their own. */
  kusamaOld: { metadata: kusamaOld, version: { ...kusamaVersion, specVersion: 9_100, transactionVersion: 7 } },
  /** Of 2025, where Polkadot's staking has moved to. */
  assetHub: { metadata: assetHub, version: assetHubVersion },
};
