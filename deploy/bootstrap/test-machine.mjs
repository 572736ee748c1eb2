import { ensureBuild } from './build.mjs';
import { buildBusyboxImage } from './busybox-image.mjs';
import { browserPackages, browserPath } from './chromium.mjs';
import { ensureDocker } from './docker.mjs';
import { ensureLeaseSsh } from './lease-ssh.mjs';
import { ensureNats } from './nats.mjs';
import { ensureNewNats } from './nats-new.mjs';
import { ensurePackages } from './packages.mjs';
import { BootstrapError, say } from './say.mjs';
import { ensureSshServer } from './ssh-server.mjs';
import { buildSystemdImage } from './systemd-image.mjs';

const IMAGE = 'headframe-test/busybox:1';
const SYSTEMD_IMAGE = 'headframe-test/systemd:1';
// Debian's python3-grpc-tools is too old for the contract's optional fields.
const PROTOC = ['protobuf-compiler', 'protobuf-compiler-grpc', 'libprotobuf-dev'];
// Fault tests make network namespaces and cut what lies between them.
const NETWORK = ['iproute2', 'iptables'];
// Tests of leases log in, and bound what leases write by file systems of their own.
const LEASES = ['openssh-client', 'e2fsprogs'];
// A process that serves a file system is stopped to have a disk hang.
const DISKS = ['bindfs'];
// TensorNode's guide calls by these.
const GUIDE = ['curl', 'jq'];
// The program that proves GPUs is compiled, and run on an OpenCL that is a CPU's.
const OPENCL = ['gcc', 'libc6-dev', 'ocl-icd-opencl-dev', 'pocl-opencl-icd'];
const PACKAGES = [
  ...LEASES,
  ...DISKS,
  ...GUIDE,
  ...OPENCL,
  'busybox-static',
  'python3-grpcio',
  'python3-pip-whl',
  ...NETWORK,
  ...PROTOC,
];

/**
 * Brings up everything beyond Node that integration tests, end-to-end tests and benchmarks stand on.
 * @param {import('./cleanup.mjs').Cleanup} cleanup takes what has to be stopped at the end
 * @returns {Promise<NodeJS.ProcessEnv>} where things are, for the environment of the tests
 */
export async function prepareTestMachine(cleanup) {
  await ensureBuild();
  await ensurePackages([...PACKAGES, ...browserPackages()]);
  const sshd = await ensureSshServer();
  const engine = await ensureDocker();
  cleanup.add(engine.stop);
  const nats = await ensureNats();
  cleanup.add(nats.stop);
  await buildBusyboxImage(engine.socketPath, IMAGE);
  await buildSystemdImage(engine.socketPath, SYSTEMD_IMAGE);
  return {
    HEADFRAME_TEST_DOCKER_SOCKET: engine.socketPath,
    HEADFRAME_TEST_NATS_URL: nats.url,
    HEADFRAME_TEST_NATS_SERVER: await newNats(),
    HEADFRAME_TEST_IMAGE: IMAGE,
    HEADFRAME_TEST_SYSTEMD_IMAGE: SYSTEMD_IMAGE,
    HEADFRAME_TEST_SSHD: sshd,
    HEADFRAME_TEST_CHROMIUM: browserPath(),
    HEADFRAME_TEST_LEASE_SSH: await ensureLeaseSsh(),
    // Debian's own, which has the packages above; another may come first on the path.
    HEADFRAME_TEST_PYTHON: '/usr/bin/python3',
  };
}

/** Empty where none is to be had: what needs one says so, and the rest is tested all the same. */
async function newNats() {
  try {
    return await ensureNewNats();
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    return '';
  }
}
