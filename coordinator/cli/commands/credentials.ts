import { create } from '@bufbuild/protobuf';
import {
  ListCredentialsResponseSchema,
  RevokeCredentialResponseSchema,
} from '../../../common/gen/headframe/v1/access_service_pb.js';
import { credentialFromWire } from '../../../common/wire/client.js';
import type { Invocation } from '../invocation.js';
import { PAGE_SIZE, allPages } from '../paging.js';
import type { Registrar } from '../runner.js';
import { usageError } from '../usage-error.js';
import { credentialsView } from '../views/credentials.js';

interface ListOptions {
  readonly hosts?: boolean;
  readonly all?: boolean;
}

interface RevokeOptions {
  readonly name?: string;
  readonly force?: boolean;
}

/** `credentials ls|revoke`. */
export const addCredentials: Registrar = (program, run) => {
  const credentials = program
    .command('credentials')
    .description('Look at what people and programs prove themselves with, and revoke it.');
  credentials
    .command('ls')
    .description('List certificates and bearer tokens that are good.')
    .option('--hosts', 'those of hosts instead')
    .option('-a, --all', 'also those that have expired or were revoked')
    .action(run(listCredentials));
  credentials
    .command('revoke')
    .description('Revoke a certificate or bearer token: it is refused from then on, and its open streams end.')
    .argument('[credential]', 'id of the credential')
    .option('--name <name>', 'all of that person or program instead, with the tokens to log in again')
    .option('--force', 'also the last one that proves an admin')
    .action(run(revokeCredential));
};

async function listCredentials(call: Invocation, { hosts = false, all = false }: ListOptions): Promise<void> {
  const { access } = await call.connect();
  const asked = { ofHosts: hosts, includeEnded: all, pageSize: PAGE_SIZE };
  const pages = await allPages((pageToken) => access.listCredentials({ ...asked, pageToken }, call.callOptions));
  const credentials = pages.flatMap((page) => page.credentials);
  const response = create(ListCredentialsResponseSchema, { credentials });
  await call.printer.message(ListCredentialsResponseSchema, response, (viewing) =>
    credentialsView(credentials.map(credentialFromWire), viewing),
  );
}

async function revokeCredential(
  call: Invocation,
  id: string | undefined,
  { name, force = false }: RevokeOptions,
): Promise<void> {
  if ((id === undefined) === (name === undefined))
    throw usageError('credential_missing', 'what is to be revoked is not said', 'Say an id, or --name NAME.');
  const which = name === undefined ? { case: 'id' as const, value: id ?? '' } : { case: 'name' as const, value: name };
  const { access } = await call.connect();
  const response = await access.revokeCredential({ which, force }, call.callOptions);
  const { revoked, tokens } = response;
  const lines = [...revoked.map((one) => `credential ${one.id}`), ...tokens.map((token) => `token ${token.id}`)];
  const text = lines.length === 0 ? 'nothing was good any more' : lines.map((line) => `${line} revoked`).join('\n');
  await call.printer.message(RevokeCredentialResponseSchema, response, () => [{ kind: 'text', text }]);
}
