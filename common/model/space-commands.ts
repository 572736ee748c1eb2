import { SCAN_STRATEGY_FORMS } from './scan-strategy.js';

/** A flag of a command: how it is written, what it means, and its default. */
export interface SpaceFlag {
  /** Such as `-s, --size <size>`. */
  readonly flags: string;
  readonly description: string;
  readonly standard?: string;
}

/** A command of the stand-alone space miner. */
export interface SpaceCommand {
  readonly name: string;
  readonly description: string;
  /** Such as `<id>`. */
  readonly argument?: { readonly name: string; readonly description: string };
  readonly flags: readonly SpaceFlag[];
}

const CONFIG: SpaceFlag = {
  flags: '-c, --config <path>',
  description:
    'YAML file of settings, written with the defaults where there is none; by default ~/.spacetime/miner.yaml',
};
const OUTPUT: SpaceFlag = { flags: '--json', description: 'Print one JSON object' };

/** `headframe space …`, which needs no coordinator: those of the reference, with its flags and a few more. */
export const SPACE_COMMANDS: readonly SpaceCommand[] = [
  {
    name: 'create-plot',
    description: 'Make a plot on this machine; the same command goes on with one that was interrupted.',
    flags: [
      CONFIG,
      {
        flags: '-s, --size <size>',
        description: 'A number with MB or GB, else of gigabytes; 100 MB or more',
        standard: '1GB',
      },
      {
        flags: '-o, --output <path>',
        description: 'File of the plot, from the plot folder on; else one with a random name in it',
      },
      {
        flags: '--cache',
        description: 'Keep the top of the Merkle tree beside the plot, so that proofs take no pass over it',
      },
      {
        flags: '--cache-levels <levels>',
        description: 'Levels that are kept, from 0 to 20; by default so many that a proof reads 2 MiB, 5 at least',
      },
      { flags: '--threads <count>', description: 'Threads that make it; by default one for each core, 16 at most' },
      {
        flags: '--rate <size>',
        description: 'Most that is written a second, such as 100MB; without a limit by default',
      },
    ],
  },
  {
    name: 'list-plots',
    description: 'List the plots of this machine.',
    flags: [CONFIG, { flags: '-v, --verbose', description: 'Also roots and caches' }, OUTPUT],
  },
  {
    name: 'delete-plot',
    description: 'Take a plot out of the list.',
    argument: { name: 'id', description: 'Its id in list-plots' },
    flags: [
      CONFIG,
      { flags: '--delete-file', description: 'Delete its file and cache, too' },
      { flags: '-f, --force', description: 'Do not ask' },
    ],
  },
  {
    name: 'start',
    description: 'Mine until it is stopped.',
    flags: [
      CONFIG,
      { flags: '-d, --daemon', description: 'Go on in the background, once it runs' },
      {
        flags: '--log-file <path>',
        description: 'Where the log goes, two files of 10 MB at most; a daemon has one beside its settings',
      },
    ],
  },
  {
    name: 'stop',
    description: 'End the miner that runs by these settings, and wait until it has ended.',
    flags: [CONFIG, { flags: '--timeout <seconds>', description: 'How long to wait', standard: '60' }],
  },
  {
    name: 'scan',
    description:
      'Answer scans of plots for one miner of a fleet; started in containers of the kind space, and holds no key.',
    flags: [
      { flags: '--miner <id>', description: 'Public key of the miner whose requests are answered' },
      { flags: '--port <port>', description: 'Port to listen at' },
      { flags: '--folders <paths>', description: 'Folders of plots, with commas between' },
      { flags: '--list <path>', description: 'File in which the list of plots is kept' },
      { flags: '--deadline <ms>', description: 'From a request to its answer' },
      { flags: '--read-timeout <ms>', description: 'A read of 2 MiB that takes longer is not waited for' },
      {
        flags: '--strategy <strategy>',
        description: `Which leaves are looked at: ${SCAN_STRATEGY_FORMS}`,
        standard: 'full',
      },
    ],
  },
  {
    name: 'status',
    description: 'Show settings, plots, and how the miner stands if it runs.',
    flags: [CONFIG, OUTPUT],
  },
];
