import { HeadframeError } from '../../../common/model/error.js';
import { diffSpecs } from '../../../common/model/manifest/index.js';
import type { MinerSpec } from '../../../common/model/miner.js';
import { minerSpecFromWire } from '../../../common/wire/client.js';
import { EXIT_CODES } from '../exit-codes.js';
import { fileOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { readManifests } from '../manifests.js';
import type { Registrar } from '../runner.js';
import { differenceView } from '../views/plan.js';
import type { MinerDifference } from '../views/plan.js';

interface DiffOptions {
  readonly file: readonly string[];
  readonly exitCode?: boolean;
}

/** `diff`. */
export const addDiff: Registrar = (program, run) => {
  program
    .command('diff')
    .description('Compare manifests with what is applied, field by field.')
    .addOption(fileOption().makeOptionMandatory())
    .option('--exit-code', 'end with 10 when there are differences')
    .action(run(diffManifests));
};

async function diffManifests(call: Invocation, { file, exitCode }: DiffOptions): Promise<void> {
  const specs = await readManifests(file, call.world);
  const differences: MinerDifference[] = [];
  for (const spec of specs) differences.push(await differenceOf(call, spec));
  await call.printer.plain(
    () => ({ miners: differences }),
    () => differenceView(differences),
  );
  const differ = differences.some(({ isNew, changes }) => isNew || changes.length > 0);
  if (exitCode === true && differ) call.exitCode = EXIT_CODES.changes.code;
}

async function differenceOf(call: Invocation, spec: MinerSpec): Promise<MinerDifference> {
  const applied = await appliedSpec(call, spec.name);
  if (applied === undefined) return { name: spec.name, isNew: true, changes: [] };
  return { name: spec.name, isNew: false, changes: diffSpecs(applied, spec) };
}

async function appliedSpec(call: Invocation, name: string): Promise<MinerSpec | undefined> {
  try {
    const { fleet } = await call.connect();
    const { miner } = await fleet.getMiner({ name }, call.callOptions);
    return minerSpecFromWire(miner?.spec);
  } catch (error) {
    if (error instanceof HeadframeError && error.code === 'not_found') return undefined;
    throw error;
  }
}
