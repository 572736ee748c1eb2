import { expect } from 'chai';
import { engineError, reasonOfEngineError } from '../../../../../agent/runtime/docker/engine-error.js';
import type { EnginePhase } from '../../../../../agent/runtime/docker/engine-error.js';
import { HeadframeError } from '../../../../../common/model/error.js';

// Texts as Docker Engine 20.10 to 28 write them.
const CASES: readonly (readonly [phase: EnginePhase, statusCode: number, text: string, reason: string])[] = [
  ['create', 404, 'No such image: nope:1', 'image_not_found'],
  [
    'create',
    400,
    'no such image: UPPER:1: invalid reference format: repository name must be lowercase',
    'image_invalid',
  ],
  ['create', 400, 'Minimum memory limit allowed is 6MB', 'resources_rejected'],
  ['create', 400, 'Minimum memoryswap limit should be larger than memory limit, see usage', 'resources_rejected'],
  ['create', 400, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available', 'resources_rejected'],
  ['create', 400, 'Requested CPUs are not available - requested 9, available: 0-1', 'resources_rejected'],
  ['create', 400, 'invalid mount config for type "bind": bind source path does not exist: /x', 'mount_failed'],
  ['create', 500, "--storage-opt is supported only for overlay over xfs with 'pquota' mount option", 'not_supported'],
  ['create', 500, 'write /var/lib/docker/x: no space left on device', 'disk_full'],
  ['create', 400, 'Unknown runtime specified foo', 'engine_error'],
  ['start', 500, 'could not select device driver "" with capabilities: [[gpu]]', 'gpu_unavailable'],
  [
    'start',
    500,
    'error gathering device information while adding custom device "/dev/x": no such file',
    'mount_failed',
  ],
  ['start', 500, 'unable to find user nobody-here: no matching entries in passwd file', 'user_not_found'],
  [
    'start',
    500,
    'driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated',
    'port_conflict',
  ],
  [
    'start',
    500,
    'Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use',
    'port_conflict',
  ],
  [
    'start',
    400,
    'OCI runtime create failed: exec: "nope": executable file not found in $PATH: unknown',
    'command_not_found',
  ],
  ['start', 400, 'OCI runtime create failed: exec: "/data": permission denied: unknown', 'command_not_found'],
  ['start', 400, 'exec: "docker-init": executable file not found in $PATH: unknown', 'engine_error'],
  ['start', 404, 'network frontier not found', 'engine_error'],
  ['start', 404, 'No such container: abc', 'container_gone'],
  [
    'start',
    500,
    'connection error: desc = "transport: Error while dialing dial unix containerd.sock"',
    'engine_unavailable',
  ],
  [
    'remove',
    409,
    'You cannot remove a running container abc. Stop the container before attempting removal',
    'engine_error',
  ],
  ['exec', 409, 'Container abc is not running', 'engine_error'],
  ['pull', 404, 'manifest for busybox:nope not found: manifest unknown: manifest unknown', 'image_not_found'],
  ['pull', 404, 'pull access denied for x, repository does not exist or may require docker login', 'image_not_found'],
  [
    'pull',
    500,
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
    'image_pull_failed',
  ],
  [
    'pull',
    500,
    'Get "https://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
    'image_pull_failed',
  ],
  ['pull', 400, 'invalid reference format', 'image_invalid'],
  ['pull', 200, 'failed to register layer: write /x: no space left on device', 'disk_full'],
  ['build', 200, "The command '/bin/sh -c exit 3' returned a non-zero code: 3", 'image_build_failed'],
  ['build', 200, "The command '/bin/sh -c dd' returned a non-zero code: 153", 'build_too_large'],
  ['build', 200, "The command '/bin/sh -c dd' returned a non-zero code: 137", 'build_out_of_memory'],
  ['build', 200, 'executor failed running [/bin/sh -c exit 3]: exit code: 3', 'image_build_failed'],
  ['build', 200, 'process "/bin/sh -c dd" did not complete successfully: exit code: 153', 'build_too_large'],
  ['build', 200, 'process "/bin/sh -c dd" did not complete successfully: exit code: 137', 'build_out_of_memory'],
];

describe('the reason of an engine failure', () => {
  for (const [phase, statusCode, text, reason] of CASES)
    it(`is ${reason} for ${phase}: ${text.slice(0, 60)}`, () => {
      expect(reasonOfEngineError({ statusCode, text, socketCode: undefined }, phase)).to.equal(reason);
    });

  for (const socketCode of ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EACCES'])
    it(`is engine_unavailable when the socket says ${socketCode}`, () => {
      expect(reasonOfEngineError({ statusCode: undefined, text: '', socketCode }, 'pull')).to.equal(
        'engine_unavailable',
      );
    });
});

describe('an engine error', () => {
  it("takes the engine's text and not the library's", () => {
    const thrown = Object.assign(new Error('(HTTP code 404) no such container - No such image: x'), {
      statusCode: 404,
      reason: 'no such container',
      json: { message: 'No such image: x' },
    });
    const error = engineError(thrown, 'create');
    expect(error).to.be.instanceOf(HeadframeError).and.include({ reason: 'image_not_found', code: 'not_found' });
    expect(error.message).to.equal('No such image: x');
  });

  it('leaves alone what no engine said', () => {
    const bug = new TypeError('x is not a function');
    expect(engineError(bug, 'create')).to.equal(bug);
  });
});
