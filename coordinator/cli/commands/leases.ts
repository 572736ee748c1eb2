import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import {
  ChallengeLeaseResponseSchema,
  CreateLeaseResponseSchema,
  ExtendLeaseResponseSchema,
  GetLeaseLedgerResponseSchema,
  GetLeaseResponseSchema,
  ListLeasesResponseSchema,
  ReleaseLeaseResponseSchema,
} from '../../../common/gen/headframe/v1/lease_service_pb.js';
import type { Lease } from '../../../common/gen/headframe/v1/lease_pb.js';
import { LeaseEgress, Protocol } from '../../../common/gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { LEASE_RUNTIMES } from '../../../common/model/lease-spec.js';
import { parseBytes, parseCpu } from '../../../common/model/units.js';
import { CHALLENGE_TYPE, verdictFromWire } from '../../../common/wire/client.js';
import { confirm } from '../confirm.js';
import { addWaitOptions, addYesOption, countArgument, durationArgument, pairArgument } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { PAGE_SIZE, allPages } from '../paging.js';
import type { Registrar } from '../runner.js';
import { usageError } from '../usage-error.js';
import { verdictView } from '../views/challenges.js';
import { leaseLedgerView, leaseView, leasesView } from '../views/leases.js';
import { waitForLease } from '../wait/lease.js';
import type { World } from '../world.js';

interface CreateOptions extends WaitOptions {
  readonly id?: string;
  readonly namespace?: string;
  readonly image: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly disk?: number;
  readonly gpus?: number;
  readonly key?: readonly string[];
  readonly term: number;
  readonly grace?: number;
  readonly waitLimit?: number;
  readonly port?: readonly NamedPort[];
  readonly egress: 'internet' | 'none';
  readonly runtime?: string;
  readonly bandwidth?: number;
  readonly io?: number;
  readonly label?: Readonly<Record<string, string>>;
  readonly priority?: number;
}

interface NamedPort {
  readonly name: string;
  readonly containerPort: number;
}

/** What of a lease can be proven beside it. */
const PROVABLE = ['cpu', 'memory'] as const;
const LEASE = ['<lease>', 'id of the lease'] as const;

/** `lease create|ls|show|extend|release|ledger|challenge`. */
export const addLeases: Registrar = (program, run) => {
  const lease = program
    .command('lease')
    .description('Rent a part of a host, with a root shell by SSH, and see what of it counts.');
  createOptions(
    lease.command('create').description('Ask for a lease: a container with hard limits on some host.'),
  ).action(run(createLease));
  lease
    .command('ls')
    .description('List leases that go on, the newest first.')
    .option('-a, --all', 'also those of which nothing is left')
    .option('--owner <name>', 'only of this owner')
    .action(run(listLeases));
  lease
    .command('show')
    .description('Show all of a lease: its state and why, where to log in, and what the last probe found.')
    .argument(...LEASE)
    .action(run(showLease));
  lease
    .command('extend')
    .description('Make the term of a lease longer.')
    .argument(...LEASE)
    .requiredOption('--by <duration>', 'how much longer, such as 2h', durationArgument)
    .action(run(extendLease));
  const release = lease
    .command('release')
    .description('End a lease before its term is over, with all that is in it. Asks first.')
    .argument(...LEASE);
  addYesOption(addWaitOptions(release, 'nothing of it is left')).action(run(releaseLease));
  lease
    .command('ledger')
    .description(
      'Show for how long a lease was usable, as probes from outside have proven it: what counts for its price.',
    )
    .argument(...LEASE)
    .action(run(showLedger));
  lease
    .command('challenge')
    .description('Have the host of a lease prove now, beside it and in its exact limits, what it has. Takes minutes.')
    .argument(...LEASE)
    .addOption(new Option('--type <type>', 'what it is to prove').choices(PROVABLE).makeOptionMandatory())
    .action(run(challengeLease));
};

function createOptions(command: Command): Command {
  command
    .requiredOption('--image <image>', 'image of the container, with tag or digest')
    .requiredOption('--term <duration>', 'how long it lasts from when it is ready first, such as 2h', durationArgument)
    .option('--key <file|->', 'file with public keys that may log in, or - for stdin; may be repeated', collected)
    .option('--id <id>', 'id of the lease; else one is made')
    .option('-n, --namespace <namespace>', 'namespace whose quota it counts for; else your only one, or default')
    .option('--cpu <cpus>', 'CPUs, such as 2 or 500m; else 2', amount(parseCpu, '2 or 500m'))
    .option('--memory <bytes>', 'memory, such as 2GiB; else 512MiB', amount(parseBytes, '2GiB'))
    .option('--disk <bytes>', 'disk, such as 10GiB; else 5GiB', amount(parseBytes, '10GiB'))
    .option('--gpus <count>', 'whole GPUs; else none', countArgument)
    .option('--port <name=number>', 'a port of the container beside SSH; may be repeated', portArgument)
    .option('--grace <duration>', 'how long it may be suspect before it is given up; else its term', durationArgument)
    .option(
      '--wait-limit <duration>',
      'how long it may wait for a host before it is released; else 10m',
      durationArgument,
    )
    .addOption(new Option('--egress <reach>', 'what it may reach').choices(['internet', 'none']).default('internet'))
    .addOption(new Option('--runtime <runtime>', 'a stronger runtime; else the default of the host').choices(STRONGER))
    .option(
      '--bandwidth <bytes>',
      'per second each way, such as 10MiB; else as the host limits it',
      amount(parseBytes, '10MiB'),
    )
    .option(
      '--io <bytes>',
      'block I/O per second each way, such as 50MiB; else as the host limits it',
      amount(parseBytes, '50MiB'),
    )
    .option('--priority <number>', 'who is placed first; else 500', countArgument)
    .option('-l, --label <key=value>', 'a label; may be repeated', pairArgument);
  return addWaitOptions(command, 'somebody can log in');
}

const STRONGER = LEASE_RUNTIMES.filter((runtime) => runtime !== '');

async function createLease(call: Invocation, options: CreateOptions): Promise<void> {
  const authorizedKeys = await readKeys(call.world, options.key ?? []);
  const { leases } = await call.connect();
  const response = await leases.createLease({ ...requestOf(options), authorizedKeys }, call.callOptions);
  const made = there(response.lease);
  const { wait, timeout: timeoutMs } = options;
  const lease = wait === true ? await waitForLease(call, made.id, { until: 'ready', timeoutMs }) : made;
  await call.printer.message(CreateLeaseResponseSchema, { ...response, lease }, (viewing) => leaseView(lease, viewing));
}

function requestOf({ id = '', namespace = '', image, port = [], runtime = '', label = {}, ...rest }: CreateOptions) {
  const { term, grace, waitLimit, bandwidth, io, egress, priority } = rest;
  return {
    ...{ id, namespace, image, runtime, labels: { ...label } },
    resources: resourcesOf(rest),
    ports: port.map((one) => ({ ...one, protocol: Protocol.TCP })),
    ...{ termMs: BigInt(term), graceMs: orNone(grace), waitLimitMs: orNone(waitLimit) },
    ...{ bandwidthBytes: orNone(bandwidth), ioBytes: orNone(io) },
    egress: egress === 'none' ? LeaseEgress.NONE : LeaseEgress.INTERNET,
    ...(priority === undefined ? {} : { priority }),
  };
}

function resourcesOf({ cpu = 0, memory, disk, gpus }: Pick<CreateOptions, 'cpu' | 'memory' | 'disk' | 'gpus'>) {
  const amounts = { cpuMillis: cpu, memoryBytes: orNone(memory), diskBytes: orNone(disk) };
  return { ...amounts, ...(gpus === undefined ? {} : { gpus }) };
}

/** What is not said the coordinator has its defaults for. */
function orNone(amount = 0): bigint {
  return BigInt(amount);
}

async function listLeases(
  call: Invocation,
  { all = false, owner = '' }: { readonly all?: boolean; readonly owner?: string },
): Promise<void> {
  const { leases } = await call.connect();
  const pages = await allPages((pageToken) =>
    leases.listLeases({ pageSize: PAGE_SIZE, pageToken, all, owner }, call.callOptions),
  );
  const found = pages.flatMap((page) => page.leases);
  const whole = { ...pages[0], leases: found, nextPageToken: '' };
  await call.printer.message(ListLeasesResponseSchema, whole, (viewing) => leasesView(found, viewing));
}

async function showLease(call: Invocation, id: string): Promise<void> {
  const { leases } = await call.connect();
  const response = await leases.getLease({ id }, call.callOptions);
  await call.printer.message(GetLeaseResponseSchema, response, (viewing) => leaseView(there(response.lease), viewing));
}

async function extendLease(call: Invocation, id: string, { by }: { readonly by: number }): Promise<void> {
  const { leases } = await call.connect();
  const response = await leases.extendLease({ id, byMs: BigInt(by) }, call.callOptions);
  await call.printer.message(ExtendLeaseResponseSchema, response, (viewing) =>
    leaseView(there(response.lease), viewing),
  );
}

async function releaseLease(
  call: Invocation,
  id: string,
  { yes, wait = false, timeout }: WaitOptions & { readonly yes?: boolean },
): Promise<void> {
  await confirm(call.world, `End the lease ${id}, with all that is in it`, yes);
  const { leases } = await call.connect();
  const response = await leases.releaseLease({ id }, call.callOptions);
  const lease = wait ? await waitForLease(call, id, { until: 'released', timeoutMs: timeout }) : there(response.lease);
  await call.printer.message(ReleaseLeaseResponseSchema, { ...response, lease }, (viewing) =>
    leaseView(lease, viewing),
  );
}

async function showLedger(call: Invocation, id: string): Promise<void> {
  const { leases } = await call.connect();
  const response = await leases.getLeaseLedger({ id }, call.callOptions);
  await call.printer.message(GetLeaseLedgerResponseSchema, response, () => leaseLedgerView(response));
}

/** Lines of the files; empty ones and comments, as in authorized_keys, left out. */
async function readKeys({ stdin }: World, files: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const file of files)
    try {
      const content = await (file === '-' ? textOf(stdin) : readFile(file, 'utf8'));
      lines.push(...content.split('\n').map((line) => line.trim()));
    } catch (cause) {
      throw usageError('key_unreadable', `cannot read keys: ${cause instanceof Error ? cause.message : ''}`);
    }
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

function there(lease: Lease | undefined): Lease {
  if (lease !== undefined) return lease;
  throw new HeadframeError({ code: 'internal', reason: 'answer_empty', message: 'the coordinator gave no lease' });
}

function collected(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function portArgument(text: string, before: readonly NamedPort[] = []): NamedPort[] {
  const [, name, number] = /^([a-z][a-z0-9-]*)=(\d{1,5})$/.exec(text) ?? [];
  const containerPort = Number(number);
  if (name === undefined || containerPort < 1 || containerPort > 65_535)
    throw new InvalidArgumentError('Expected NAME=NUMBER, such as http=8080.');
  return [...before, { name, containerPort }];
}

function amount(parse: (text: string) => number | undefined, example: string) {
  return (text: string): number => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError(`Expected an amount such as ${example}.`);
    return value;
  };
}

/** Filling all of a large memory takes its time. */
const CHALLENGE_MS = 3_600_000;

async function challengeLease(
  call: Invocation,
  id: string,
  { type }: { readonly type: (typeof PROVABLE)[number] },
): Promise<void> {
  const { leases } = await call.connect();
  const request = { id, type: CHALLENGE_TYPE.toWire(type) };
  const response = await leases.challengeLease(request, { ...call.callOptions, timeoutMs: CHALLENGE_MS });
  const { verdict } = response;
  await call.printer.message(ChallengeLeaseResponseSchema, response, () =>
    verdict === undefined ? [] : verdictView(verdictFromWire(verdict)),
  );
}
