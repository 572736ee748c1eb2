import { HeadframeError } from '../../../common/model/error.js';
import type { DeploymentFailure } from './deployment-board.js';

/** What was deployed does not run, and trying again as it is would not help. */
export function deployFailed(miner: string, failure: DeploymentFailure): HeadframeError {
  const { reason, text, instance, exitCode } = failure;
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason: 'vm_deploy_failed' },
    message: `${miner} does not run: ${reason}: ${text}`,
    remedy: `Correct the Dockerfile or what it is built of, and deploy again; headframe models build-log ${miner} has all that the build said.`,
    metadata: {
      ...{ miner, instance, cause: reason },
      ...(exitCode === undefined ? {} : { exit_code: String(exitCode) }),
    },
  });
}

/** A deployment on what is no host yet, or none that can be deployed to. */
export function vmInactive(id: string, why: string): HeadframeError {
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason: 'vm_inactive' },
    message: `the VM ${id} is not active: ${why}`,
    remedy: 'Wait until its status is active; headframe hosts ls tells how its host stands.',
    metadata: { vm: id },
  });
}

/** A miner that somebody made under the name of that of a VM. */
export function nameTaken(miner: string): HeadframeError {
  return new HeadframeError({
    ...{ code: 'already_exists', reason: 'miner_exists' },
    message: `there is a miner ${miner} that is not the VM's`,
    remedy: `Delete or rename it: headframe miners show ${miner}.`,
    metadata: { miner },
  });
}

/** A command, an end or a question where nothing was deployed. */
export function nothingDeployed(id: string): HeadframeError {
  return new HeadframeError({
    ...{ code: 'not_found', reason: 'vm_nothing_deployed' },
    message: `nothing is deployed on the VM ${id}`,
    remedy: 'Deploy a model there first: POST …/docker/url or …/docker/local.',
    metadata: { vm: id },
  });
}

/** A container that is not the VM's own. */
export function containerForeign(id: string, name: string): HeadframeError {
  return new HeadframeError({
    ...{ code: 'not_found', reason: 'vm_container_unknown' },
    message: `${name} was not deployed on the VM ${id}`,
    remedy: `Leave container_name out, or name ${id}: nothing else on the host is touched.`,
    metadata: { vm: id },
  });
}

/** A form that is none, or with more in it than is taken. */
export function formInvalid(expected: string): HeadframeError {
  return new HeadframeError({
    ...{ code: 'invalid_argument', reason: 'request_invalid' },
    message: `the body has to be ${expected}`,
    remedy: 'Send multipart/form-data with one file in the field "file", as curl -F file=@Dockerfile does.',
  });
}
