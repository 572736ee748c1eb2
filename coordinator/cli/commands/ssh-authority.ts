import {
  GetSshAuthorityResponseSchema,
  RotateSshAuthorityResponseSchema,
} from '../../../common/gen/headframe/v1/access_service_pb.js';
import { confirm } from '../confirm.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { sshAuthorityView } from '../views/ssh-authority.js';

/** `authority ssh show|rotate`. */
export const addSshAuthority: Registrar = (authority, run) => {
  const ssh = authority
    .command('ssh')
    .description('Look at the keys by which SSH users are certified into leases, and replace the current one.');
  ssh
    .command('show')
    .description('Show the key that new leases trust, and the former ones with the leases that still trust them.')
    .action(run(showSshAuthority));
  ssh
    .command('rotate')
    .description('Have new leases trust a new key; leases that are there keep theirs, and nobody is logged out.')
    .option('-y, --yes', 'ask nothing')
    .action(run(rotateSshAuthority));
};

async function showSshAuthority(call: Invocation): Promise<void> {
  const { access } = await call.connect();
  const response = await access.getSshAuthority({}, call.callOptions);
  await call.printer.message(GetSshAuthorityResponseSchema, response, () => sshAuthorityView(response));
}

async function rotateSshAuthority(call: Invocation, { yes }: { readonly yes?: boolean }): Promise<void> {
  const { access } = await call.connect();
  const { current } = await access.getSshAuthority({}, call.callOptions);
  const fingerprint = current?.fingerprint ?? '';
  await confirm(call.world, `replace the key of SSH users ${fingerprint}`, yes);
  // The one that was shown, so that two who do it at once, or an answer that was lost, replace it once.
  const response = await access.rotateSshAuthority({ fingerprint }, call.callOptions);
  await call.printer.message(RotateSshAuthorityResponseSchema, response, () => sshAuthorityView(response));
}
