import type { Command } from 'commander';
import type { StoreReport } from '../../store/maintenance.js';
import { confirm } from '../confirm.js';
import { EXIT_CODES } from '../exit-codes.js';
import { addYesOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Cell, View } from '../output/view.js';
import type { Registrar, Runner } from '../runner.js';
import { addConfigOption, configOf } from './coordinator.js';
import { addMigrate, clusterBackup, clusterRestore } from './store-moves.js';

interface StoreOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

interface RepairOptions extends StoreOptions {
  readonly aside?: string;
  readonly yes?: boolean;
}

interface RestoreOptions extends StoreOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** `store backup|restore|check|repair`, on a folder of this machine, the first two also on a cluster's; and `store migrate`. */
export const addStore: Registrar = (program, run) => {
  const store = program
    .command('store')
    .description("Look after the coordinator's store, on the coordinator's machine.");
  addSafe(store, run);
  addDestructive(store, run);
  addMigrate(store, run);
};

function addSafe(store: Command, run: Runner): void {
  onFolder(store.command('backup'))
    .description('Write one file with all that is durable; coordinators may be running.')
    .argument('<file>', 'the backup, which must not exist yet')
    .action(run(backup));
  onFolder(store.command('check'))
    .description('Read every file through and tell what is wrong; changes nothing, the coordinator may be running.')
    .action(run(check));
}

function addDestructive(store: Command, run: Runner): void {
  const repairing = onFolder(store.command('repair'))
    .description('Keep every commit before the first damage and move the damaged files aside. Asks first.')
    .option('--aside <folder>', 'where damaged files go; else beside the data folder');
  addYesOption(repairing).action(run(repair));
  const restoring = onFolder(store.command('restore'))
    .description('Bring a backup of either store back while no coordinator runs. Asks first.')
    .argument('<file>', 'a backup')
    .option(
      '--force',
      'also into a folder that holds a store, which is moved aside, or a cluster, whose records are given up',
    );
  addYesOption(restoring).action(run(restore));
}

function onFolder(command: Command): Command {
  return addConfigOption(command).option('--data-dir <folder>', "the store's folder; else by the configuration");
}

async function backup(call: Invocation, file: string, options: StoreOptions): Promise<void> {
  const report = isInCluster(call, options)
    ? await clusterBackup(call, file, options)
    : await folderBackup(call, file, options);
  await call.printer.plain(
    () => ({ file, ...report }),
    () => done(`backup of revision ${String(report.revision)} written to ${file} (${String(report.bytes)} bytes)`),
  );
}

async function folderBackup(call: Invocation, file: string, options: StoreOptions) {
  const { backupStore } = await call.world.programs.storeMaintenance();
  return backupStore(folderOf(call, options), file);
}

async function check(call: Invocation, options: StoreOptions): Promise<void> {
  const { checkStore } = await call.world.programs.storeMaintenance();
  const folder = folderOf(call, options);
  const report = await checkStore(folder);
  await call.printer.plain(
    () => ({ folder, ...report }),
    () => reportView(folder, report),
  );
  if (!report.ok) call.exitCode = EXIT_CODES.failed.code;
}

async function repair(call: Invocation, options: RepairOptions): Promise<void> {
  const { repairStore } = await call.world.programs.storeMaintenance();
  const folder = folderOf(call, options);
  const time = new Date(call.world.clock.nowMs()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const backupFolder = options.aside ?? `${folder}-damaged-${time}`;
  await confirm(call.world, `Repair the store in ${folder}, giving up what follows the first damage`, options.yes);
  const report = await repairStore(folder, { backupFolder });
  const aside =
    report.moved.length === 0 ? 'nothing had to be moved' : `moved to ${backupFolder}: ${report.moved.join(', ')}`;
  await call.printer.plain(
    () => ({ folder, backupFolder, ...report }),
    () => done(`store is at revision ${String(report.revision)}, ${String(report.lostRevisions)} lost; ${aside}`),
  );
}

async function restore(call: Invocation, file: string, options: RestoreOptions): Promise<void> {
  if (isInCluster(call, options)) {
    await clusterRestore(call, file, options);
    return;
  }
  const { restoreStore } = await call.world.programs.storeMaintenance();
  const folder = folderOf(call, options);
  await confirm(call.world, `Restore ${file} into ${folder}`, options.yes);
  const report = await restoreStore(file, folder, { force: options.force ?? false });
  const aside = report.movedTo === undefined ? '' : `; what was there is in ${report.movedTo}`;
  await call.printer.plain(
    () => ({ file, folder, ...report }),
    () => done(`store is at revision ${String(report.revision)}${aside}`),
  );
}

/** Whether the configuration says that the store is in NATS, and no folder is named instead. */
function isInCluster(call: Invocation, { config, dataDir }: StoreOptions): boolean {
  return dataDir === undefined && configOf(call, { config }).store.kind === 'jetstream';
}

function folderOf(call: Invocation, { config, dataDir }: StoreOptions): string {
  return configOf(call, { config, dataDir }).dataDir;
}

function done(text: string): View {
  return [{ kind: 'text', text }];
}

function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function reportView(folder: string, { ok, problems, warnings, revision, counts }: StoreReport): View {
  const facts: [string, Cell][] = [
    ['store', folder],
    ['state', ok ? { text: 'sound', tone: 'good' } : { text: 'damaged', tone: 'bad' }],
    ['revision', String(revision)],
    ...Object.entries(counts ?? {}).map(([name, count]): [string, Cell] => [inWords(name), String(count)]),
    ...warnings.map((warning): [string, Cell] => ['warning', { text: warning, tone: 'warn' }]),
  ];
  const rows = problems.map(({ file, offset, what, remedy }) => [file, String(offset), what, remedy]);
  const table = { head: ['FILE', 'OFFSET', 'DAMAGE', 'REMEDY'], rows };
  return [{ kind: 'facts', facts }, ...(rows.length === 0 ? [] : [{ kind: 'table' as const, table, empty: '' }])];
}
