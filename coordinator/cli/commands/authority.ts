import {
  GetAuthorityResponseSchema,
  RotateAuthorityResponseSchema,
} from '../../../common/gen/headframe/v1/access_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { confirm } from '../confirm.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { authorityView } from '../views/authority.js';
import { addSshAuthority } from './ssh-authority.js';

interface RotateOptions {
  readonly yes?: boolean;
}

interface RetireOptions extends RotateOptions {
  readonly force?: boolean;
}

/** `authority show|rotate|retire`, and `authority ssh`. */
export const addAuthority: Registrar = (program, run) => {
  const authority = program
    .command('authority')
    .description('Look at the authority that signs the certificates of the fleet, and replace it.');
  authority
    .command('show')
    .description('Show the authority, and while it is being replaced who still needs the former one.')
    .action(run(showAuthority));
  authority
    .command('rotate')
    .description('Replace the authority by a new one; hosts move on by themselves, and nothing is interrupted.')
    .option('-y, --yes', 'ask nothing')
    .action(run(rotateAuthority));
  authority
    .command('retire')
    .description('Trust the former authority no more, once nobody needs it.')
    .option('--force', 'also where somebody does: who is named has to join or log in again')
    .option('-y, --yes', 'ask nothing')
    .action(run(retireAuthority));
  addSshAuthority(authority, run);
};

async function showAuthority(call: Invocation): Promise<void> {
  const { access } = await call.connect();
  const response = await access.getAuthority({}, call.callOptions);
  await call.printer.message(GetAuthorityResponseSchema, response, () => authorityView(response));
}

async function rotateAuthority(call: Invocation, { yes }: RotateOptions): Promise<void> {
  const { access } = await call.connect();
  const { current } = await access.getAuthority({}, call.callOptions);
  const digest = current?.digest ?? '';
  await confirm(call.world, `replace the authority ${digest}`, yes);
  // The one that was shown, so that two who do it at once, or an answer that was lost, replace it once.
  const response = await access.rotateAuthority({ digest }, call.callOptions);
  await call.printer.message(RotateAuthorityResponseSchema, response, () => authorityView(response));
  await call.printer.note(
    'Hosts move on now, people by their next command. See headframe authority show; end it with headframe authority retire.',
  );
}

async function retireAuthority(call: Invocation, { force = false, yes }: RetireOptions): Promise<void> {
  const { access } = await call.connect();
  const { former } = await access.getAuthority({}, call.callOptions);
  const digest = former?.authority?.digest;
  if (digest === undefined) throw noneUnderWay();
  await confirm(call.world, `trust the authority ${digest} no more`, yes);
  const response = await access.rotateAuthority({ digest, retire: true, force }, call.callOptions);
  await call.printer.message(RotateAuthorityResponseSchema, response, () => authorityView(response));
}

function noneUnderWay(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'no_former_authority',
    message: 'no authority is being replaced',
    remedy: 'Replace it first: headframe authority rotate.',
  });
}
