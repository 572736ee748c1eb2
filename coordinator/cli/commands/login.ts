import { WhoAmIResponseSchema } from '../../../common/gen/headframe/v1/access_service_pb.js';
import type { WhoAmIResponse } from '../../../common/gen/headframe/v1/access_service_pb.js';
import { ROLE } from '../../../common/wire/client.js';
import type { Invocation } from '../invocation.js';
import { logIn } from '../log-in.js';
import type { Registrar } from '../runner.js';
import { whoView } from '../views/credentials.js';

interface LoginOptions {
  readonly coordinator: string;
  readonly token: string;
}

/** `login`. */
export const addLogin: Registrar = (program, run) => {
  program
    .command('login')
    .description(
      'Log in by the line that token create prints: makes a key, an identity and a context, which is then used.',
    )
    .requiredOption('--coordinator <host:port>', 'address of the coordinator')
    .requiredOption('--token <id.secret>', 'the token to log in with')
    .action(run(login));
};

/** `whoami`. */
export const addWhoAmI: Registrar = (program, run) => {
  program.command('whoami').description('Say who the coordinator knows you as, and until when.').action(run(whoAmI));
};

async function login(call: Invocation, { coordinator, token }: LoginOptions): Promise<void> {
  const { authority, context } = call.globals;
  const done = await logIn({ coordinator, token, authority, context }, call.world);
  const { name, namespaces, expiresAtMs } = done.given;
  const role = ROLE.fromWire(done.given.role, 'role');
  const until = new Date(Number(expiresAtMs)).toISOString();
  const held = namespaces.length === 0 ? '' : `, held to ${namespaces.join(', ')}`;
  await call.printer.plain(
    () => ({ context: done.context, identity: done.identity, role, name, namespaces, expiresAt: until }),
    () => [
      { kind: 'text', text: `logged in to ${coordinator} as ${name} (${role}${held}) until ${until}` },
      { kind: 'text', text: `context ${done.context} is used from now on` },
    ],
  );
}

async function whoAmI(call: Invocation): Promise<void> {
  const { access } = await call.connect();
  const response: WhoAmIResponse = await access.whoAmI({}, call.callOptions);
  await call.printer.message(WhoAmIResponseSchema, response, () => whoView(response));
}
