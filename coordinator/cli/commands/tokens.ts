import { Option } from 'commander';
import type { Command } from 'commander';
import {
  CreateTokenResponseSchema,
  ListTokensResponseSchema,
} from '../../../common/gen/headframe/v1/access_service_pb.js';
import { ROLES } from '../../../common/model/caller.js';
import type { Role } from '../../../common/model/caller.js';
import { ROLE, TOKEN_KIND, tokenFromWire } from '../../../common/wire/client.js';
import { countArgument, durationArgument, namesArgument, pairArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { tokensView } from '../views/tokens.js';
import { write } from '../world.js';

interface CreateOptions {
  readonly role: Role;
  readonly name?: string;
  readonly namespaces?: readonly string[];
  readonly ttl?: number;
  readonly uses?: number;
  readonly bearer?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly coordinator?: string;
}

const HOUR_MS = 3_600_000;

/** `token create|ls|revoke`. */
export const addTokens: Registrar = (program, run) => {
  const token = program
    .command('token')
    .description(
      'Make the tokens with which hosts join, people and programs log in, or programs call; see and revoke them.',
    );
  addCreate(token).action(run(createToken));
  token.command('ls').description('List tokens and how each stands; secrets are not kept.').action(run(listTokens));
  token
    .command('revoke')
    .description('Let nobody join, log in or call with a token any more; who has a certificate by it keeps that.')
    .argument('<token>', 'id of the token')
    .action(run(revokeToken));
};

function addCreate(token: Command): Command {
  return token
    .command('create')
    .description(
      'Make a token and print the one line to run, or the bearer token itself; its secret is never shown again.',
    )
    .addOption(new Option('--role <role>', 'what it makes of who has it').choices(ROLES).default('agent'))
    .option('--name <name>', 'of who logs in or calls with it; else the role and the id of the token')
    .option('--namespaces <name,...>', 'to which who has it is held; may be repeated', namesArgument)
    .option('--bearer', 'a token that is sent with each call, in place of one to log in with')
    .addOption(
      new Option('--ttl <duration>', 'how long it can be used; else 1h, or 24h with --bearer').argParser(
        durationArgument,
      ),
    )
    .addOption(new Option('--uses <count>', 'how many can join or log in with it; else 1').argParser(countArgument))
    .option('-l, --labels <key=value,...>', 'labels of each new host; may be repeated', pairsArgument)
    .option('--coordinator <host:port>', 'address at which the coordinator is reached there; else the one called now');
}

function pairsArgument(text: string, before?: Readonly<Record<string, string>>): Record<string, string> {
  return text.split(',').reduce((pairs, pair) => pairArgument(pair, pairs), { ...before });
}

async function createToken(call: Invocation, options: CreateOptions): Promise<void> {
  const { access, address } = await call.connect();
  const { role, bearer = false, coordinator: at = address } = options;
  const response = await access.createToken(wishOf(options), call.callOptions);
  const { credential, authority } = response;
  const verb = role === 'agent' ? 'agent join' : 'login';
  const line = `headframe ${verb} --coordinator ${at} --token ${credential} --authority ${authority}`;
  const text = bearer ? credential : line;
  await call.printer.message(CreateTokenResponseSchema, response, () => [{ kind: 'text', text }]);
  // Beside the token, which may well go into a file.
  if (bearer && call.printer.forPeople) await write(call.world.stderr, howToCall(at, authority));
}

function wishOf({ role, name = '', namespaces = [], bearer = false, ...options }: CreateOptions) {
  const { uses = bearer ? 0 : 1, ttl = bearer ? 24 * HOUR_MS : HOUR_MS, labels } = options;
  return {
    ...{ name, uses, namespaces: [...namespaces], labels: { ...labels } },
    role: ROLE.toWire(role),
    kind: TOKEN_KIND.toWire(bearer ? 'bearer' : 'enrolment'),
    ttlMs: BigInt(ttl),
  };
}

function howToCall(address: string, authority: string): string {
  const set = `headframe contexts set NAME --address ${address} --token-file FILE --authority ${authority}`;
  return `It is not shown again. Keep it in a file that nobody else can read, then: ${set}\n`;
}

async function listTokens(call: Invocation): Promise<void> {
  const { access } = await call.connect();
  const response = await access.listTokens({}, call.callOptions);
  await call.printer.message(ListTokensResponseSchema, response, (viewing) =>
    tokensView(response.tokens.map(tokenFromWire), viewing),
  );
}

async function revokeToken(call: Invocation, id: string): Promise<void> {
  const { access } = await call.connect();
  await access.revokeToken({ id }, call.callOptions);
  await call.printer.plain(
    () => ({ revoked: id }),
    () => [{ kind: 'text', text: `token ${id} revoked` }],
  );
}
