import type { Command } from 'commander';
import {
  GetHotkeyStandingResponseSchema,
  RegisterHotkeyResponseSchema,
  ServeEndpointResponseSchema,
} from '../../../common/gen/headframe/v1/registration_service_pb.js';
import { planckIn, tokenOf } from '../amounts.js';
import { addressAndPort } from '../endpoint-argument.js';
import { countArgument } from '../global-options.js';
import { readHostScores } from '../host-scores.js';
import type { Invocation } from '../invocation.js';
import { addPayingForOptions, addSigningOptions, payBy } from '../paying.js';
import type { PayingOptions } from '../paying.js';
import type { Registrar } from '../runner.js';
import { readScores } from '../scores.js';
import { commitText, standingView, weightsText } from '../views/standing.js';

const NETWORK = ['<network>', 'name of the network'] as const;
const HOTKEY = ['<hotkey>', 'WALLET/HOTKEY; its address will do where its key is not needed'] as const;
const NETUID = ['--netuid <netuid>', 'the subnet', countArgument] as const;
/** In place of a source of scores: Headframe's own, as `headframe scores` has them. */
const OWN_SCORES = 'hosts';
const HIGHEST = [
  '--highest-price <amount>',
  'the most that it may cost, such as "1.5 TAO", its fee not counted',
] as const;

/** `subnets create`. */
export const addSubnets: Registrar = (program, run) => {
  const subnets = program.command('subnets').description('Create subnets on the chains that have them.');
  const create = subnets
    .command('create')
    .description("Create a subnet; the hotkey becomes its owner's, uid 0 there.")
    .argument(...NETWORK)
    .argument(...HOTKEY)
    .requiredOption(...HIGHEST);
  addPayingForOptions(create).action(run(createSubnet));
};

/** `hotkeys register|serve|weights|show`. */
export const addHotkeyCalls: Registrar = (program, run) => {
  const hotkeys = program
    .command('hotkeys')
    .description(
      'Register hotkeys in subnets, tell the chain where they are reached, set weights, and see how they stand.',
    );
  const register = placed(
    hotkeys.command('register'),
    'Register a hotkey in a subnet, at no higher price than is said.',
  );
  addPayingForOptions(register.requiredOption(...HIGHEST)).action(run(registerHotkey));
  const serve = placed(
    hotkeys.command('serve'),
    'Tell the chain where a miner is reached, if it has something else, after a connection was made there.',
  )
    .requiredOption('--endpoint <ip:port>', 'an address and a port, such as 203.0.113.7:8091 or [2001:db8::7]:8091')
    .option('--no-probe', 'tell it without having tried it, which is recorded');
  addSigningOptions(serve).action(run(serveEndpoint));
  const weights = placed(
    hotkeys.command('weights'),
    "Set a validator's weights by scores: the highest becomes 65535, the others are in proportion. Where the subnet hides weights at first, they are committed, and revealed by the coordinator in time.",
  )
    .requiredOption(
      '--scores <file|url|-|hosts>',
      'JSON of scores from 0, by uid or hotkey: {"3": 0.5, "5Grw…": 1}; or those of the hosts on which miners of the subnet run',
    )
    .option('--version-key <key>', "else the subnet's own", countArgument);
  addSigningOptions(weights).action(run(setWeights));
  placed(hotkeys.command('show'), 'Show how a hotkey stands in a subnet, and how near it is to losing its place.')
    .option('--probe', 'try a connection to the endpoint that the chain has')
    .action(run(show));
};

interface Placed {
  readonly netuid: number;
}

interface Priced {
  readonly highestPrice: string;
}

function placed(command: Command, description: string): Command {
  return command
    .description(description)
    .argument(...NETWORK)
    .argument(...HOTKEY)
    .requiredOption(...NETUID);
}

async function createSubnet(
  call: Invocation,
  network: string,
  hotkey: string,
  options: PayingOptions & Priced,
): Promise<void> {
  const highestPricePlanck = await highest(call, network, options);
  await payBy(call, network, options, async ({ registration }, pay) => {
    const { paid } = await registration.createSubnet({ network, hotkey, highestPricePlanck, pay }, call.callOptions);
    return paid;
  });
}

async function registerHotkey(
  call: Invocation,
  network: string,
  hotkey: string,
  { netuid, ...options }: PayingOptions & Priced & Placed,
): Promise<void> {
  const highestPricePlanck = await highest(call, network, options);
  await payBy(call, network, options, async ({ registration }, pay) => {
    const asked = { network, netuid, hotkey, highestPricePlanck, pay };
    const response = await registration.registerHotkey(asked, call.callOptions);
    if (response.paid === undefined)
      await call.printer.message(RegisterHotkeyResponseSchema, response, () => [
        { kind: 'text', text: `registered already, as uid ${String(response.uid)}: nothing is paid` },
      ]);
    return response.paid;
  });
}

interface ServeOptions extends PayingOptions, Placed {
  readonly endpoint: string;
  /** False after `--no-probe`. */
  readonly probe: boolean;
}

async function serveEndpoint(
  call: Invocation,
  network: string,
  hotkey: string,
  { netuid, endpoint, probe, ...options }: ServeOptions,
): Promise<void> {
  const asked = { network, netuid, hotkey, ...addressAndPort(endpoint), withoutProbe: !probe };
  await payBy(call, network, options, async ({ registration }, pay) => {
    const response = await registration.serveEndpoint({ ...asked, pay }, call.callOptions);
    if (response.privateAddress)
      await call.printer.note(`${asked.ip} is reached in its own network alone: nobody outside gets there`);
    if (response.paid === undefined)
      await call.printer.message(ServeEndpointResponseSchema, response, () => [
        { kind: 'text', text: 'the chain has this endpoint already: nothing is sent' },
      ]);
    return response.paid;
  });
}

interface WeightsOptions extends PayingOptions, Placed {
  readonly scores: string;
  readonly versionKey?: number;
}

async function setWeights(
  call: Invocation,
  network: string,
  hotkey: string,
  { netuid, scores: source, versionKey, ...options }: WeightsOptions,
): Promise<void> {
  const own = source === OWN_SCORES;
  const scores = own
    ? await readHostScores(call, { network, netuid })
    : await readScores(call.world, source, call.signal);
  const key = versionKey === undefined ? {} : { versionKey: BigInt(versionKey) };
  await payBy(call, network, options, async ({ registration }, pay) => {
    const response = await registration.setWeights({ network, netuid, hotkey, scores, ...key, pay }, call.callOptions);
    if (response.weights.length > 0) await call.printer.note(weightsText(response.weights));
    if (response.commit !== undefined) await call.printer.note(commitText(response.commit));
    return response.paid;
  });
}

async function show(
  call: Invocation,
  network: string,
  hotkey: string,
  { netuid, probe = false }: Placed & { readonly probe?: boolean },
): Promise<void> {
  const { registration } = await call.connect();
  const response = await registration.getHotkeyStanding({ network, netuid, hotkey, probe }, call.callOptions);
  await call.printer.message(GetHotkeyStandingResponseSchema, response, () => standingView(response));
}

async function highest(call: Invocation, network: string, { highestPrice }: Priced): Promise<string> {
  return planckIn(highestPrice, '--highest-price', await tokenOf(call, network));
}
