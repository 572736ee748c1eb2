import { Option } from 'commander';
import {
  CreateTokenResponseSchema,
  ListTokensResponseSchema,
} from '../../../common/gen/headframe/v1/access_service_pb.js';
import { ROLE, tokenFromWire } from '../../../common/wire/client.js';
import { countArgument, durationArgument, pairArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { tokensView } from '../views/tokens.js';

interface CreateOptions {
  readonly role: 'agent';
  readonly ttl: number;
  readonly uses: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly coordinator?: string;
}

/** `token create|ls|revoke`. */
export const addTokens: Registrar = (program, run) => {
  const token = program
    .command('token')
    .description('Make the tokens with which hosts join, look at them, revoke them.');
  token
    .command('create')
    .description('Make a token and print the one line to run on the host; the secret in it is never shown again.')
    .addOption(new Option('--role <role>', 'what it makes of who joins').choices(['agent']).default('agent'))
    .addOption(
      new Option('--ttl <duration>', 'how long it can be used').argParser(durationArgument).default(3_600_000, '1h'),
    )
    .addOption(new Option('--uses <count>', 'how many hosts can join with it').argParser(countArgument).default(1))
    .option('-l, --labels <key=value,...>', 'labels of each new host; may be repeated', pairsArgument)
    .option('--coordinator <host:port>', 'address at which hosts reach the coordinator; else the one called now')
    .action(run(createToken));
  token.command('ls').description('List tokens and how each stands; secrets are not kept.').action(run(listTokens));
  token
    .command('revoke')
    .description('Let nobody join with a token any more; hosts that have joined stay.')
    .argument('<token>', 'id of the token')
    .action(run(revokeToken));
};

function pairsArgument(text: string, before?: Readonly<Record<string, string>>): Record<string, string> {
  return text.split(',').reduce((pairs, pair) => pairArgument(pair, pairs), { ...before });
}

async function createToken(call: Invocation, options: CreateOptions): Promise<void> {
  const { access, address } = await call.connect();
  const asked = { role: ROLE.toWire(options.role), uses: options.uses, labels: { ...options.labels } };
  const response = await access.createToken({ ...asked, ttlMs: BigInt(options.ttl) }, call.callOptions);
  const { credential, authority } = response;
  const line = `headframe agent join --coordinator ${options.coordinator ?? address} --token ${credential} --authority ${authority}`;
  await call.printer.message(CreateTokenResponseSchema, response, () => [{ kind: 'text', text: line }]);
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
