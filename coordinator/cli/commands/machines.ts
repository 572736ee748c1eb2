import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import {
  AllocateMachineResponseSchema,
  ChangeMachineResponseSchema,
  GetMachineResponseSchema,
  ListMachinesResponseSchema,
  ReleaseMachineResponseSchema,
  RetryMachineResponseSchema,
} from '../../../common/gen/headframe/v1/machine_service_pb.js';
import type { Machine } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import { parseConstraintText } from '../../../common/model/constraint-text.js';
import type { AskedResources } from '../../../common/model/constraint-text.js';
import { HeadframeError } from '../../../common/model/error.js';
import { PROVIDERS } from '../../../common/model/machine.js';
import { confirm } from '../confirm.js';
import { addWaitOptions, addYesOption, pairArgument } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { PAGE_SIZE, allPages } from '../paging.js';
import type { Registrar } from '../runner.js';
import { machineView, machinesView } from '../views/machines.js';
import { waitForMachine } from '../wait/machine.js';

interface AllocateOptions extends WaitOptions {
  readonly provider?: string;
  readonly name?: string;
  readonly constraints?: AskedResources;
  readonly maxPrice?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly port?: readonly Port[];
  readonly account?: string;
  readonly namespace?: string;
}

interface ChangeOptions {
  readonly name?: string;
  readonly account?: string;
  readonly port?: readonly Port[];
}

interface ReleaseOptions extends WaitOptions {
  readonly stopMiners?: boolean;
  readonly forget?: boolean;
  readonly yes?: boolean;
}

interface Port {
  readonly port: number;
  readonly udp: boolean;
}

const MACHINE = ['<machine>', 'id of the machine'] as const;

/** `machines allocate|ls|show|change|release|retry`. */
export const addMachines: Registrar = (program, run) => {
  const machines = program
    .command('machines')
    .description('Ask providers for machines that become hosts, look after those, and give them back.');
  allocateOptions(machines).action(run(allocate));
  machines
    .command('ls')
    .description('List machines, the oldest first.')
    .option('--account <account>', 'only of this account')
    .action(run(list));
  machines
    .command('show')
    .description('Show all of a machine: its state and why, its host, and what it costs.')
    .argument(...MACHINE)
    .action(run(show));
  const change = machines.command('change').description('Change name, account or open ports of a machine.');
  change
    .argument(...MACHINE)
    .option('--name <name>', 'another name')
    .option('--account <account>', 'another account');
  change.option(
    '--port <port[/udp]>',
    'a port that is to be open, in place of all before; may be repeated',
    portArgument,
  );
  change.action(run(changeOne));
  const release = machines
    .command('release')
    .description('Give a machine back. Asks first. Refused while it has miners.')
    .argument(...MACHINE)
    .option('--stop-miners', 'delete its miners first')
    .option('--forget', 'undo nothing on the machine itself, which may be gone for good');
  addYesOption(addWaitOptions(release, 'it is gone')).action(run(releaseOne));
  machines
    .command('retry')
    .description('Try once more to make a host of a machine that has failed.')
    .argument(...MACHINE)
    .action(run(retry));
};

function allocateOptions(machines: Command): Command {
  const command = machines
    .command('allocate')
    .description('Ask for a machine; the first provider that has one gives it, fleet before ssh before fluence.')
    .addOption(new Option('--provider <provider>', 'only of this provider').choices(PROVIDERS))
    .option('--name <name>', 'what it is called; else its id')
    .addOption(
      new Option('--constraints <text>', 'at least this much, such as cpu-8-ram-16gb-storage-50gb').argParser(
        resourcesArgument,
      ),
    )
    .option('--max-price <usd>', 'the most that it may cost, in USD for an epoch')
    .option('-l, --label <key=value>', 'a label that it has to bear; may be repeated', pairArgument)
    .option('--port <port[/udp]>', 'a port that is to be open; may be repeated', portArgument)
    .option('--account <account>', 'who answers for it: an SS58 address or 0.0.N')
    .option('-n, --namespace <namespace>', 'of the miners that run on it; else your only one, or default');
  return addWaitOptions(command, 'it is a host');
}

async function allocate(call: Invocation, options: AllocateOptions): Promise<void> {
  const { provider = '', name = '', maxPrice: maxPriceUsd = '', label = {}, port = [], account = '' } = options;
  const { machines } = await call.connect();
  const response = await machines.allocateMachine(
    {
      ...{ provider, name, maxPriceUsd, account, namespace: options.namespace ?? '', labels: { ...label } },
      ...{ ports: [...port], asked: askedOf(options.constraints) },
    },
    call.callOptions,
  );
  const made = there(response.machine);
  const { wait, timeout: timeoutMs } = options;
  const machine = wait === true ? await waitForMachine(call, made.id, { until: 'active', timeoutMs }) : made;
  await call.printer.message(AllocateMachineResponseSchema, { ...response, ...(machine && { machine }) }, (viewing) =>
    machineView(machine ?? made, viewing),
  );
}

function askedOf({ cpuMillis = 0, memoryBytes = 0, diskBytes = 0, gpus = 0 }: AskedResources = {}) {
  return { cpuMillis, memoryBytes: BigInt(memoryBytes), diskBytes: BigInt(diskBytes), gpus };
}

async function list(call: Invocation, { account = '' }: { readonly account?: string }): Promise<void> {
  const { machines } = await call.connect();
  const pages = await allPages((pageToken) =>
    machines.listMachines({ pageSize: PAGE_SIZE, pageToken, account }, call.callOptions),
  );
  const found = pages.flatMap((page) => page.machines);
  const whole = { ...pages[0], machines: found, nextPageToken: '' };
  await call.printer.message(ListMachinesResponseSchema, whole, (viewing) => machinesView(found, viewing));
}

async function show(call: Invocation, id: string): Promise<void> {
  const { machines } = await call.connect();
  const response = await machines.getMachine({ id }, call.callOptions);
  await call.printer.message(GetMachineResponseSchema, response, (viewing) =>
    machineView(there(response.machine), viewing),
  );
}

async function changeOne(call: Invocation, id: string, { name, account, port }: ChangeOptions): Promise<void> {
  const { machines } = await call.connect();
  const given = { ...(name === undefined ? {} : { name }), ...(account === undefined ? {} : { account }) };
  const ports = port === undefined ? {} : { ports: { ports: [...port] } };
  const response = await machines.changeMachine({ id, ...given, ...ports }, call.callOptions);
  await call.printer.message(ChangeMachineResponseSchema, response, (viewing) =>
    machineView(there(response.machine), viewing),
  );
}

async function releaseOne(call: Invocation, id: string, options: ReleaseOptions): Promise<void> {
  const { stopMiners = false, forget = false, yes, wait = false, timeout: timeoutMs } = options;
  await confirm(call.world, `Give the machine ${id} back${stopMiners ? ', and delete its miners' : ''}`, yes);
  const { machines } = await call.connect();
  const response = await machines.releaseMachine({ id, stopMiners, forget }, call.callOptions);
  if (wait) await waitForMachine(call, id, { until: 'gone', timeoutMs });
  await call.printer.message(ReleaseMachineResponseSchema, response, (viewing) =>
    wait ? [{ kind: 'text', text: `machine ${id} is given back` }] : machineView(there(response.machine), viewing),
  );
}

async function retry(call: Invocation, id: string): Promise<void> {
  const { machines } = await call.connect();
  const response = await machines.retryMachine({ id }, call.callOptions);
  await call.printer.message(RetryMachineResponseSchema, response, (viewing) =>
    machineView(there(response.machine), viewing),
  );
}

function there(machine: Machine | undefined): Machine {
  if (machine !== undefined) return machine;
  throw new HeadframeError({ code: 'internal', reason: 'answer_empty', message: 'the coordinator gave no machine' });
}

function resourcesArgument(text: string): AskedResources {
  const asked = parseConstraintText(text);
  if (asked !== undefined) return asked;
  throw new InvalidArgumentError('Expected resources such as cpu-8-ram-16gb-storage-50gb.');
}

function portArgument(text: string, before: readonly Port[] = []): Port[] {
  const [, number, protocol] = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(text) ?? [];
  const port = Number(number);
  if (number === undefined || port < 1 || port > 65_535)
    throw new InvalidArgumentError('Expected a port such as 3000 or 53/udp.');
  return [...before, { port, udp: protocol === 'udp' }];
}
