import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import {
  ListSecretsResponseSchema,
  RemoveSecretResponseSchema,
  RotateSecretResponseSchema,
  SetSecretResponseSchema,
} from '../../../common/gen/headframe/v1/secret_service_pb.js';
import type { Secret } from '../../../common/gen/headframe/v1/secret_service_pb.js';
import { secretViewFromWire } from '../../../common/wire/client.js';
import { confirm } from '../confirm.js';
import { addYesOption, namespaceOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { usageError } from '../usage-error.js';
import { secretsView } from '../views/secrets.js';
import type { World } from '../world.js';

interface ValueOptions {
  readonly namespace?: string;
  readonly fromFile?: string;
}

interface RemoveOptions {
  readonly namespace?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

const NAME = ['<name>', 'name of the secret'] as const;
const NAMESPACE = ['-n, --namespace <namespace>', 'namespace of the secret; else default'] as const;

/** `secrets set|rotate|ls|rm`. */
export const addSecrets: Registrar = (program, run) => {
  const secrets = program
    .command('secrets')
    .description('Keep what miners must know and nobody else: values go in, to the containers, and are never shown.');
  valueOptions(
    secrets
      .command('set')
      .description(
        'Make a secret of all the bytes of a file or of stdin; refused where it is there, which rotate is for.',
      ),
  ).action(run(setSecret));
  valueOptions(
    secrets
      .command('rotate')
      .description('Give a secret a new value, which takes the place of the old one in running containers.'),
  ).action(run(rotateSecret));
  secrets
    .command('ls')
    .description('List secrets: their versions, times and the miners that refer to them, no values.')
    .addOption(namespaceOption())
    .action(run(listSecrets));
  const remove = secrets
    .command('rm')
    .description('Remove a secret; refused while miners refer to it. Asks first.')
    .argument(...NAME)
    .option(...NAMESPACE)
    .option('--force', 'also while miners refer to it: what runs keeps its file, what starts anew waits');
  addYesOption(remove).action(run(removeSecret));
};

function valueOptions(command: Command): Command {
  return command
    .argument(...NAME)
    .option(...NAMESPACE)
    .option('--from-file <file>', 'file that holds the value; else stdin');
}

async function setSecret(call: Invocation, name: string, { namespace = '', fromFile }: ValueOptions): Promise<void> {
  const value = await readValue(call.world, fromFile);
  const { secrets } = await call.connect();
  const response = await secrets.setSecret({ namespace, name, value }, call.callOptions);
  await call.printer.message(SetSecretResponseSchema, response, () => [said('set', response.secret)]);
}

async function rotateSecret(call: Invocation, name: string, { namespace = '', fromFile }: ValueOptions): Promise<void> {
  const value = await readValue(call.world, fromFile);
  const { secrets } = await call.connect();
  const response = await secrets.rotateSecret({ namespace, name, value }, call.callOptions);
  await call.printer.message(RotateSecretResponseSchema, response, () => [said('rotated', response.secret)]);
}

async function listSecrets(call: Invocation, { namespace = '' }: { readonly namespace?: string }): Promise<void> {
  const { secrets } = await call.connect();
  const response = await secrets.listSecrets({ namespace }, call.callOptions);
  await call.printer.message(ListSecretsResponseSchema, response, (viewing) =>
    secretsView(response.secrets.map(secretViewFromWire), viewing),
  );
}

async function removeSecret(call: Invocation, name: string, options: RemoveOptions): Promise<void> {
  const { namespace = '', force = false, yes } = options;
  await confirm(call.world, `Remove the secret ${name}, whose value nobody can be shown`, yes);
  const { secrets } = await call.connect();
  const response = await secrets.removeSecret({ namespace, name, force }, call.callOptions);
  const { miners } = response;
  const left =
    miners.length === 0
      ? ''
      : `; ${miners.slice(0, 5).join(', ')} still refer to it: what runs keeps its file until it ends, what starts anew waits`;
  await call.printer.message(RemoveSecretResponseSchema, response, () => [
    { kind: 'text', text: `secret ${name} removed${left}` },
  ]);
}

function said(what: string, secret: Secret | undefined) {
  const { namespace = '', name = '', version = 0, size = 0 } = secret ?? {};
  const text = `secret ${namespace}/${name} ${what}: version ${String(version)}, ${String(size)} bytes`;
  return { kind: 'text', text } as const;
}

/** All bytes as they are, a last line end included. Never from an argument, which other users of the machine can read. */
async function readValue({ stdin }: World, file: string | undefined): Promise<Uint8Array<ArrayBuffer>> {
  if (file === undefined && stdin.isTTY === true)
    throw usageError('value_missing', 'no value is given', 'Say --from-file FILE, or hand it over on stdin.');
  try {
    // What reads more than it should is refused by the coordinator, by its size.
    return Uint8Array.from(await (file === undefined ? buffer(stdin) : readFile(file)));
  } catch (cause) {
    throw usageError('value_unreadable', `cannot read the value: ${cause instanceof Error ? cause.message : ''}`);
  }
}
