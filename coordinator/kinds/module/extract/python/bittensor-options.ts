import type { SettingType } from '../setting.js';

/** An option that a library adds. */
interface LibraryOption {
  readonly name: string;
  readonly type: SettingType;
  readonly default?: string;
  readonly description: string;
}

/** Options that the parts of the `bittensor` package add to a parser by `add_args`, by part; those that have stayed through its versions 6 to 9. */
export const LIBRARY_OPTIONS: Readonly<Record<string, readonly LibraryOption[]>> = {
  wallet: [
    {
      name: '--wallet.name',
      type: 'string',
      default: 'default',
      description: 'Name of the wallet, which is of the coldkey.',
    },
    { name: '--wallet.hotkey', type: 'string', default: 'default', description: 'Name of the hotkey in the wallet.' },
    { name: '--wallet.path', type: 'path', default: '~/.bittensor/wallets/', description: 'Folder of wallets.' },
  ],
  subtensor: [
    { name: '--subtensor.network', type: 'string', default: 'finney', description: 'Network by name.' },
    { name: '--subtensor.chain_endpoint', type: 'url', description: 'Chain node; comes before the network.' },
  ],
  logging: [
    { name: '--logging.debug', type: 'boolean', default: 'false', description: 'Log what helps to find faults.' },
    { name: '--logging.trace', type: 'boolean', default: 'false', description: 'Log everything.' },
    { name: '--logging.record_log', type: 'boolean', default: 'false', description: 'Write the log to a file too.' },
    { name: '--logging.logging_dir', type: 'path', default: '~/.bittensor/miners', description: 'Folder of logs.' },
  ],
  axon: [
    { name: '--axon.port', type: 'integer', default: '8091', description: 'Port that the axon listens at.' },
    { name: '--axon.ip', type: 'string', default: '[::]', description: 'Address that the axon listens at.' },
    { name: '--axon.external_port', type: 'integer', description: 'Port that others reach the axon at.' },
    { name: '--axon.external_ip', type: 'string', description: 'Address that others reach the axon at.' },
    { name: '--axon.max_workers', type: 'integer', default: '10', description: 'Threads that answer requests.' },
  ],
};
