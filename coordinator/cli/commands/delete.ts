import { confirm } from '../confirm.js';
import { addWaitOptions, addYesOption, fileOption } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { readManifests } from '../manifests.js';
import type { Registrar } from '../runner.js';
import { usageError } from '../usage-error.js';
import { waitForGoals } from '../wait/wait.js';

interface DeleteOptions extends WaitOptions {
  readonly file?: readonly string[];
  readonly yes?: boolean;
}

/** `delete`. */
export const addDelete: Registrar = (program, run) => {
  const command = program
    .command('delete')
    .description('Delete miners: their instances are stopped, then they are gone. Asks first.')
    .argument('[miner...]', 'names of miners')
    .addOption(fileOption());
  addWaitOptions(addYesOption(command), 'all of them are gone').action(run(deleteMiners));
};

async function deleteMiners(call: Invocation, given: readonly string[], options: DeleteOptions): Promise<void> {
  const names = await namesOf(call, given, options.file);
  const { fleet } = await call.connect();
  // All must be there before the first goes: a wrong name among them is a mistake that people want to hear of first.
  const counts = new Map<string, number>();
  for (const name of names) {
    const { miner } = await fleet.getMiner({ name }, call.callOptions);
    counts.set(name, miner?.counts?.running ?? 0);
  }
  const what = [...counts].map(([name, running]) => `${name} (${String(running)} running)`).join(', ');
  await confirm(call.world, `Delete ${what}`, options.yes);
  const deleted: { name: string; revision: number }[] = [];
  for (const name of names) {
    const { revision } = await fleet.deleteMiner({ name }, call.callOptions);
    deleted.push({ name, revision: Number(revision) });
  }
  if (options.wait === true) {
    const goals = names.map((miner) => ({ miner, wanted: 'deleted' as const }));
    await waitForGoals(call, goals, options.timeout);
  }
  const done = options.wait === true ? 'deleted' : 'is being deleted';
  await call.printer.plain(
    () => ({ deleted }),
    () => [{ kind: 'text', text: names.map((name) => `miner ${name} ${done}`).join('\n') }],
  );
}

async function namesOf(call: Invocation, given: readonly string[], file?: readonly string[]): Promise<string[]> {
  const declared = file === undefined ? [] : (await readManifests(file, call.world)).map(({ name }) => name);
  const names = new Set([...given, ...declared]);
  if (names.size > 0) return [...names];
  throw usageError('miner_missing', 'no miner is named', 'Name miners, or say -f FILE for those that it declares.');
}
