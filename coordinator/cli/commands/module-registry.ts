import type { Command } from 'commander';
import {
  AddModuleResponseSchema,
  GetModuleResponseSchema,
  ListModulesResponseSchema,
  RefreshModuleResponseSchema,
  RemoveModuleResponseSchema,
  SuggestModulesResponseSchema,
  VerifyModuleResponseSchema,
} from '../../../common/gen/headframe/v1/module_service_pb.js';
import type { Module } from '../../../common/gen/headframe/v1/module_service_pb.js';
import { confirm } from '../confirm.js';
import { EXIT_CODES } from '../exit-codes.js';
import { addWaitOptions, addYesOption, countArgument, timeoutOption } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Runner } from '../runner.js';
import { usageError } from '../usage-error.js';
import { suggestionsView } from '../views/module-suggestions.js';
import { changesView, findingsView, moduleView, modulesView } from '../views/modules.js';
import { moduleOf, waitForModule } from '../wait/module.js';

interface AddOptions extends WaitOptions {
  readonly git?: string;
  readonly network?: string;
  readonly netuid?: number;
  readonly ref?: string;
}

interface RefreshOptions extends WaitOptions {
  readonly network?: string;
  readonly apply?: boolean;
}

const NAME = ['<name>', 'name of the module'] as const;

/** `modules add|ls|show|refresh|verify|rm`. */
export function addModuleRegistry(modules: Command, run: Runner): void {
  const add = modules
    .command('add')
    .description('Add the repository of a module; the coordinator fetches it, pins its commit and reads its settings.')
    .argument('<name>', '3-63 characters of a-z, 0-9 and "-"')
    .option('--git <url>', 'its repository, such as https://github.com/owner/repository')
    .option('--network <network>', 'in place of --git: the network of the subnet whose identity names the repository')
    .option('--netuid <netuid>', 'that subnet', countArgument)
    .option('--ref <ref>', 'branch, tag or commit id of 40 digits; else the default branch');
  addWaitOptions(add, 'its content is there').action(run(addModule));
  modules.command('ls').description('List the modules.').action(run(listModules));
  modules
    .command('show')
    .description('Show a module: its pinned commit, its settings and where they come from, how it runs as a role.')
    .argument(...NAME)
    .option('--role <role>', 'miner, validator or another role of the module: how it runs, and what concerns it')
    .action(run(showModule));
  modules
    .command('refresh')
    .description(
      'Ask the origin what the ref of a module stands for now, and show what that commit would change; or list what the identities of subnets name.',
    )
    .argument('[name]', 'name of the module')
    .option(
      '--network <network>',
      'in place of a name: the repositories that subnets of this network name; none is added',
    )
    .option('--apply', 'pin the commit that the last refresh has found; where none has, what the ref stands for now')
    .addOption(timeoutOption())
    .action(run(refresh));
  modules
    .command('verify')
    .description('Check what is kept of a module, whether its origin still has it, and what its user should know.')
    .argument(...NAME)
    .addOption(timeoutOption())
    .action(run(verifyModule));
  const remove = modules
    .command('rm')
    .description('Remove a module and what is kept of it. Asks first.')
    .argument(...NAME);
  addYesOption(remove).action(run(removeModule));
}

async function addModule(call: Invocation, name: string, options: AddOptions): Promise<void> {
  const { git = '', network = '', netuid, ref = '', wait, timeout } = options;
  if ((git === '') === (network === '') || (network === '') !== (netuid === undefined))
    throw usageError(
      'usage',
      'give --git, or --network and --netuid',
      'headframe modules refresh --network NAME lists what subnets name.',
    );
  const { modules } = await call.connect();
  const subnet = netuid === undefined ? {} : { netuid };
  const response = await modules.addModule({ name, url: git, ref, network, ...subnet }, call.callOptions);
  if (wait !== true) {
    const text = `module ${name} added; it is being fetched: headframe modules show ${name}`;
    await call.printer.message(AddModuleResponseSchema, response, () => [{ kind: 'text', text }]);
    return;
  }
  const module = await waitForModule(call, name, timeout);
  await call.printer.message(AddModuleResponseSchema, { ...response, module }, (viewing) =>
    moduleView({ module }, viewing),
  );
}

async function listModules(call: Invocation): Promise<void> {
  const { modules } = await call.connect();
  const response = await modules.listModules({}, call.callOptions);
  await call.printer.message(ListModulesResponseSchema, response, (viewing) => modulesView(response.modules, viewing));
}

async function showModule(call: Invocation, name: string, { role = '' }: { readonly role?: string }): Promise<void> {
  const { modules } = await call.connect();
  const module = await moduleOf(call, name);
  // Without content there is nothing more to ask for, unless a role is, which is then refused with the reason.
  const more = module.pin !== undefined || role !== '';
  const response = await modules.getModule({ name, role, settings: more, changes: false }, call.callOptions);
  await call.printer.message(GetModuleResponseSchema, response, (viewing) => moduleView(response, viewing));
}

async function refresh(call: Invocation, name: string | undefined, options: RefreshOptions): Promise<void> {
  const { network, apply } = options;
  if ((name === undefined) === (network === undefined) || (network !== undefined && apply === true))
    throw usageError('usage', 'give the name of a module, or --network', 'See headframe modules refresh --help.');
  if (name !== undefined) return refreshModule(call, name, options);
  const { modules } = await call.connect();
  const response = await modules.suggestModules({ network: network ?? '' }, call.callOptions);
  await call.printer.message(SuggestModulesResponseSchema, response, (viewing) =>
    suggestionsView(response.suggestions, viewing),
  );
}

async function refreshModule(
  call: Invocation,
  name: string,
  { apply = false, timeout }: RefreshOptions,
): Promise<void> {
  const { modules } = await call.connect();
  const before = await moduleOf(call, name);
  await modules.refreshModule({ name, apply }, call.callOptions);
  const module = await waitForModule(call, name, timeout);
  const { changes } = await modules.getModule({ name, changes: true }, call.callOptions);
  const schema = module.candidate === undefined ? RefreshModuleResponseSchema : GetModuleResponseSchema;
  if (schema === RefreshModuleResponseSchema) {
    const text = refreshText(before, module);
    await call.printer.message(schema, { $typeName: RefreshModuleResponseSchema.typeName, module }, () => [
      { kind: 'text', text },
    ]);
    return;
  }
  const response = { $typeName: GetModuleResponseSchema.typeName, module, changes, settings: [] };
  await call.printer.message(GetModuleResponseSchema, response, (viewing) => changesView(response, viewing));
}

function refreshText({ pin: before }: Module, { name, pin: after }: Module): string {
  const commit = after?.commit ?? '';
  return before?.commit === commit
    ? `module ${name} is at commit ${commit}, which its ref still stands for`
    : `module ${name} is pinned to commit ${commit} now`;
}

async function verifyModule(call: Invocation, name: string, { timeout }: WaitOptions): Promise<void> {
  const { modules } = await call.connect();
  const response = await modules.verifyModule({ name }, call.callOptions);
  const module = await waitForModule(call, name, timeout, { bearFailure: true });
  await call.printer.message(VerifyModuleResponseSchema, { ...response, module }, () => findingsView(module));
  if (module.findings.some(({ severity }) => severity === 'error')) call.exitCode = EXIT_CODES.failed.code;
}

async function removeModule(call: Invocation, name: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(call.world, `Remove the module ${name} and what is kept of it`, yes);
  const { modules } = await call.connect();
  const response = await modules.removeModule({ name }, call.callOptions);
  const text = `module ${name} removed`;
  await call.printer.message(RemoveModuleResponseSchema, response, () => [{ kind: 'text', text }]);
}
