import { resolve } from 'node:path';
import {
  chooseTarget,
  contextNameField,
  readBearer,
  readClientConfig,
  readIdentity,
  writeClientConfig,
} from '../../../common/config/index.js';
import type { ClientConfig, ClientTarget } from '../../../common/config/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { configPath } from '../address.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { usageError } from '../usage-error.js';

/** `contexts ls|use|set|rm`. */
export const addContexts: Registrar = (program, run) => {
  const contexts = program.command('contexts').description('Keep coordinators under names, and choose one.');
  contexts.command('ls').description('List contexts.').action(run(listContexts));
  contexts
    .command('use')
    .description('Choose the context that is used when nothing is said.')
    .argument('<context>', 'name of the context')
    .action(run(useContext));
  contexts
    .command('set')
    .description(
      'Make or change a context of --address, and of --identity or --token-file with --authority. The first one made is chosen.',
    )
    .argument('<context>', 'name of the context')
    .action(run(setContext));
  contexts
    .command('rm')
    .description('Forget a context.')
    .argument('<context>', 'name of the context')
    .action(run(removeContext));
};

async function listContexts(call: Invocation): Promise<void> {
  const { currentContext = '', contexts } = await readClientConfig(configPath(call.world));
  const rows = Object.entries(contexts).map(([name, { address, identity, tokenFile, insecureLoopback }]) => [
    name === currentContext ? '*' : '',
    name,
    address,
    identity ?? tokenFile ?? (insecureLoopback === true ? 'in clear' : ''),
  ]);
  const head = ['CURRENT', 'NAME', 'ADDRESS', 'IDENTITY OR TOKEN'];
  await call.printer.plain(
    () => ({ currentContext, contexts }),
    () => [{ kind: 'table', table: { head, rows }, empty: 'No contexts.' }],
  );
}

async function useContext(call: Invocation, name: string): Promise<void> {
  await change(call, (config) => {
    known(config, name);
    return { ...config, currentContext: name };
  });
  await call.printer.note(`context ${name} is used from now on`);
}

async function setContext(call: Invocation, name: string): Promise<void> {
  const { address, identity, tokenFile, authority, insecureLoopback } = call.globals;
  if (address === undefined) throw usageError('address_missing', 'no address is given', 'Say --address HOST:PORT.');
  if (!contextNameField.safeParse(name).success)
    throw usageError('context_invalid', `${name} cannot name a context`, 'Take 1-63 letters, digits and . _ -');
  const target = chooseTarget({ contexts: {} }, { address, identity, tokenFile, authority, insecureLoopback, env: {} });
  const how = await proofOf(target);
  await change(call, (config) => ({
    ...config,
    currentContext: config.currentContext ?? name,
    contexts: { ...config.contexts, [name]: { address, ...how } },
  }));
  await call.printer.note(`context ${name} is ${address}`);
}

/** By paths that do from wherever it is used later; what cannot be read is better refused now than then. */
async function proofOf({ identity, bearer, insecureLoopback }: ClientTarget): Promise<Omit<Context, 'address'>> {
  if (identity !== undefined) await readIdentity(identity);
  if (bearer !== undefined) await readBearer(bearer);
  if (insecureLoopback) return { insecureLoopback };
  if (bearer !== undefined) return { tokenFile: resolve(bearer.tokenFile), authority: bearer.authority };
  return identity === undefined ? {} : { identity: resolve(identity) };
}

async function removeContext(call: Invocation, name: string): Promise<void> {
  await change(call, (config) => {
    known(config, name);
    const { [name]: _gone, ...contexts } = config.contexts;
    const { currentContext, ...rest } = config;
    return currentContext === name ? { ...rest, contexts } : { ...config, contexts };
  });
  await call.printer.note(`context ${name} removed`);
}

type Context = ClientConfig['contexts'][string];

async function change({ world }: Invocation, make: (config: ClientConfig) => ClientConfig): Promise<void> {
  const path = configPath(world);
  await writeClientConfig(path, make(await readClientConfig(path)));
}

function known({ contexts }: ClientConfig, name: string): void {
  if (Object.hasOwn(contexts, name)) return;
  throw new HeadframeError({
    code: 'not_found',
    reason: 'context_unknown',
    message: `there is no context ${name}`,
    remedy: `Known contexts: ${Object.keys(contexts).join(', ') || 'none'}.`,
  });
}
