import {
  AddNetworkResponseSchema,
  GetBalanceResponseSchema,
  GetMetagraphResponseSchema,
  GetNetworkResponseSchema,
  ListNetworksResponseSchema,
  ListSubnetsResponseSchema,
  RemoveNetworkResponseSchema,
} from '../../../common/gen/headframe/v1/network_service_pb.js';
import { networkFromWire } from '../../../common/wire/client.js';
import { confirm } from '../confirm.js';
import { addYesOption, countArgument, pairArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { metagraphView } from '../views/metagraph.js';
import { networkView, networksView } from '../views/networks.js';
import { balanceView, subnetView, subnetsView } from '../views/subnets.js';

interface AddOptions {
  readonly endpoint: readonly string[];
  readonly genesis?: string;
  readonly label?: Readonly<Record<string, string>>;
}

const NAME = ['<network>', 'name of the network'] as const;

/** `networks add|ls|show|rm|subnets|metagraph|balance`. */
export const addNetworks: Registrar = (program, run) => {
  const networks = program
    .command('networks')
    .description(
      'Declare the chains that miners work for, see how the coordinator is connected to them, and read from them.',
    );
  networks
    .command('add')
    .description('Declare a network. It is connected to afterwards, and again and again where no endpoint answers.')
    .argument(...NAME)
    .requiredOption(
      '--endpoint <url>',
      'ws:// or wss:// URL of a node; may be repeated, for nodes of the same chain',
      (url: string, urls: readonly string[] | undefined) => [...(urls ?? []), url],
    )
    .option('--genesis <hash>', 'hash of its first block; else that of the chain that is met first')
    .option('-l, --label <key=value>', 'a label; may be repeated', pairArgument)
    .action(run(add));
  networks
    .command('ls')
    .description('List networks: how each is connected, its chain and its last blocks.')
    .action(run(list));
  networks
    .command('show')
    .description(
      'Show all of a network: its connection and why it stands so, its runtime, and what the chain has and has not.',
    )
    .argument(...NAME)
    .action(run(show));
  networks
    .command('subnets')
    .description('List the subnets of a network, or show one with its hyper-parameters, as they are on the chain.')
    .argument(...NAME)
    .option('--netuid <netuid>', 'only this one', countArgument)
    .action(run(subnets));
  networks
    .command('metagraph')
    .description('List the places of a subnet: who has each, what it earns, and where it says that it can be reached.')
    .argument(...NAME)
    .argument('<netuid>', 'the subnet', countArgument)
    .option('--fresh', 'as it is now, also where the subnet is read once a tempo')
    .action(run(metagraph));
  networks
    .command('balance')
    .description('Show what an account holds on the chain.')
    .argument(...NAME)
    .argument('<address>', 'SS58 address, or public key in hex')
    .action(run(balance));
  const remove = networks
    .command('rm')
    .description('Remove a network and end its connection; refused while calls on it are not settled. Asks first.')
    .argument(...NAME);
  addYesOption(remove).action(run(removeOne));
};

async function add(call: Invocation, name: string, options: AddOptions): Promise<void> {
  const { networks } = await call.connect();
  const request = {
    name,
    endpoints: [...options.endpoint],
    genesisHash: options.genesis ?? '',
    labels: options.label ?? {},
  };
  const response = await networks.addNetwork(request, call.callOptions);
  await call.printer.message(AddNetworkResponseSchema, response, () => [
    { kind: 'text', text: `network ${name} added; headframe networks show ${name} tells how it is connected` },
  ]);
}

async function list(call: Invocation): Promise<void> {
  const { networks } = await call.connect();
  const response = await networks.listNetworks({}, call.callOptions);
  await call.printer.message(ListNetworksResponseSchema, response, (viewing) =>
    networksView(response.networks.map(networkFromWire), viewing),
  );
}

async function show(call: Invocation, name: string): Promise<void> {
  const { networks } = await call.connect();
  const response = await networks.getNetwork({ name }, call.callOptions);
  await call.printer.message(GetNetworkResponseSchema, response, (viewing) =>
    response.network === undefined ? [] : networkView(networkFromWire(response.network), viewing),
  );
}

async function subnets(call: Invocation, network: string, { netuid }: { readonly netuid?: number }): Promise<void> {
  const connection = await call.connect();
  const asked = { network, ...(netuid === undefined ? {} : { netuid }) };
  const response = await connection.networks.listSubnets(asked, call.callOptions);
  await call.printer.message(ListSubnetsResponseSchema, response, (viewing) => {
    const [only] = response.subnets;
    return netuid === undefined || only === undefined ? subnetsView(response, viewing) : subnetView(only, response);
  });
}

async function metagraph(
  call: Invocation,
  network: string,
  netuid: number,
  { fresh = false }: { readonly fresh?: boolean },
): Promise<void> {
  const { networks } = await call.connect();
  const response = await networks.getMetagraph({ network, netuid, fresh }, call.callOptions);
  await call.printer.message(GetMetagraphResponseSchema, response, (viewing) => metagraphView(response, viewing));
}

async function balance(call: Invocation, network: string, address: string): Promise<void> {
  const { networks } = await call.connect();
  const response = await networks.getBalance({ network, address }, call.callOptions);
  await call.printer.message(GetBalanceResponseSchema, response, () => balanceView(response));
}

async function removeOne(call: Invocation, name: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(call.world, `Remove the network ${name}`, yes);
  const { networks } = await call.connect();
  const response = await networks.removeNetwork({ name }, call.callOptions);
  await call.printer.message(RemoveNetworkResponseSchema, response, () => [
    { kind: 'text', text: `network ${name} removed` },
  ]);
}
