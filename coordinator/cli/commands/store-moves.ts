import type { Command } from 'commander';
import { openLog } from '../../../common/observe/logger.js';
import type { MigrateReport } from '../../moving/index.js';
import { confirm } from '../confirm.js';
import { addYesOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Cell, View } from '../output/view.js';
import type { Runner } from '../runner.js';
import { usageError } from '../usage-error.js';
import { write } from '../world.js';
import { addConfigOption, configOf } from './coordinator.js';

interface ConfigOptions {
  readonly config?: string;
}

interface MigrateOptions extends ConfigOptions {
  readonly dataDir?: string;
  readonly from: string;
  readonly to: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

interface RestoreOptions extends ConfigOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
}

const KINDS = ['lowdb', 'jetstream'] as const;

/** `store migrate`, on the machine of a coordinator that is stopped. */
export function addMigrate(store: Command, run: Runner): void {
  const migrating = addConfigOption(store.command('migrate'))
    .description(
      'Move a fleet between the embedded store and NATS while no coordinator runs; containers run on. Asks first.',
    )
    .requiredOption('--from <kind>', 'lowdb or jetstream: where the fleet is')
    .requiredOption('--to <kind>', 'the other one: where it goes')
    .option('--data-dir <folder>', 'the folder of the embedded store; else by the configuration')
    .option('--dry-run', 'look at both sides and tell what would be moved; changes nothing');
  addYesOption(migrating).action(run(migrate));
}

async function migrate(call: Invocation, options: MigrateOptions): Promise<void> {
  const { from, to, dryRun = false } = options;
  const kind = checkKinds(from, to);
  const config = configOf(call, { config: options.config, dataDir: options.dataDir });
  const name = `cluster ${config.store.jetstream.cluster}`;
  const [source, target] = kind === 'jetstream' ? [config.dataDir, name] : [name, config.dataDir];
  if (!dryRun)
    await confirm(call.world, `Move the fleet from ${source} to ${target}, and close it where it was`, options.yes);
  const { migrateStore } = await call.world.programs.storeMoving();
  const report = await migrateStore(config, { to: kind, dryRun }, partsOf(call));
  await call.printer.plain(
    () => report,
    () => migrateView(report),
  );
}

/** Writes a backup of the configured cluster. */
export async function clusterBackup(call: Invocation, file: string, { config }: ConfigOptions) {
  const { backupCluster } = await call.world.programs.storeMoving();
  return backupCluster(configOf(call, { config }), file, partsOf(call));
}

/** Brings a backup back into the configured cluster. */
export async function clusterRestore(call: Invocation, file: string, options: RestoreOptions): Promise<void> {
  const config = configOf(call, { config: options.config });
  const { cluster } = config.store.jetstream;
  const force = options.force ?? false;
  const giving = force ? ', giving up what it holds' : '';
  await confirm(call.world, `Restore ${file} into cluster ${cluster}${giving}`, options.yes);
  const { restoreCluster } = await call.world.programs.storeMoving();
  const report = await restoreCluster(config, { file, force }, partsOf(call));
  await call.printer.plain(
    () => ({ file, cluster, ...report }),
    () => [{ kind: 'text', text: `store of cluster ${cluster} is at revision ${String(report.revision)}` }],
  );
}

function partsOf({ world, printer, signal }: Invocation) {
  return {
    logger: openLog({ program: 'coordinator', level: 'warn', format: 'json' }).logger,
    credentialsFolder: world.env['CREDENTIALS_DIRECTORY'],
    signal,
    tell: (step: string): void => {
      if (printer.forPeople) void write(world.stderr, `${step}\n`);
    },
  };
}

function checkKinds(from: string, to: string): 'lowdb' | 'jetstream' {
  const [source, target] = [from, to].map((given) => KINDS.find((kind) => kind === given));
  if (source !== undefined && target !== undefined && source !== target) return target;
  throw usageError(
    'move_kinds',
    `--from ${from} --to ${to}: a fleet moves from one kind of store to the other`,
    'Give --from lowdb --to jetstream, or --from jetstream --to lowdb.',
  );
}

function migrateView({ from, to, revision, epoch, sha256, records, carried, dryRun, resumed }: MigrateReport): View {
  const facts: [string, Cell][] = [
    ['from', from.where],
    ['to', to.where],
    ['revision', String(revision)],
    ['epoch', String(epoch)],
    ['sha256', sha256],
    ...Object.entries(records)
      .filter(([, count]) => count > 0)
      .map(([name, count]): [string, Cell] => [`${name} records`, String(count)]),
    ...carriedFacts(carried),
  ];
  const next = dryRun
    ? 'Nothing was changed.'
    : `${resumed ? 'The move was brought to its end. ' : ''}Set store.kind to ${to.kind} and start the coordinator. ${from.where} is closed for good.`;
  return [
    { kind: 'facts', facts },
    { kind: 'text', text: next },
  ];
}

function carriedFacts(carried: MigrateReport['carried']): [string, Cell][] {
  if (carried === undefined) return [];
  const { authority, contents, lostContents, machineKeys } = carried;
  return [
    ['authority', authority ? 'carried over' : 'none'],
    ['contents', String(contents)],
    ['machine keys', String(machineKeys)],
    ...lostContents.map((digest): [string, Cell] => ['lost before', { text: digest, tone: 'warn' }]),
  ];
}
