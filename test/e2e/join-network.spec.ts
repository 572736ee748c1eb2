import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithNetworks } from '../support/network-node.js';
import { NetworkSwitch } from '../support/network-switch.js';
import type { SwitchedMachine } from '../support/network-switch.js';
import { PROGRAM } from '../support/program.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

const PORT = 7_700;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describeWithNetworks('hosts in networks of their own', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  let network: NetworkSwitch;
  let programs: string;
  const machines = new Map<string, SwitchedMachine>();

  before(async () => {
    const temp = await makeTempDir();
    network = await NetworkSwitch.open(process.pid % 256);
    const coordinator = await network.plug();
    for (const name of ['alpha', 'beta', 'gamma']) machines.set(name, await network.plug());
    programs = join(temp.path, 'bin');
    await mkdir(programs);
    const program = join(programs, 'headframe');
    await writeFile(program, `#!/bin/sh\nexec ${process.execPath} ${PROGRAM} "$@"\n`);
    await chmod(program, 0o755);
    fleet = new RunningFleet(temp, {
      coordinator: ['--heartbeat-period', '1s', '--lease-length', '10s'],
      coordinatorPlace: { networkNamespace: coordinator.name },
      listen: `${coordinator.address}:${String(PORT)}`,
    });
    await fleet.startCoordinator();
  });
  after(async () => {
    await fleet.close().finally(() => network.close());
  });

  function machine(name: string): SwitchedMachine {
    const found = machines.get(name);
    if (found === undefined) throw new Error(`no machine ${name}`);
    return found;
  }

  /** Runs a command on a machine. */
  function on(name: string, command: readonly string[]): Promise<Ended> {
    const env = {
      ...process.env,
      PATH: `${programs}:${process.env.PATH ?? ''}`,
      HEADFRAME_AGENT_DATA_DIR: fleet.agentFolder(name),
      HEADFRAME_AGENT_HOST_ID: fleet.hostId(name),
    };
    const [file, ...args] = ['nsenter', `--net=/run/netns/${machine(name).name}`, '--', ...command];
    const child = spawn(file, args, { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.stdin.end();
    return new Promise((resolve) => {
      child.once('close', (code) => {
        resolve({ code, stdout, stderr });
      });
    });
  }

  const start = (name: string): Promise<unknown> =>
    fleet.startAgent(name, { place: { networkNamespace: machine(name).name } });

  it('join by the line that is printed, as it is printed, and run what they are given', async () => {
    const printed = await fleet.headframe(['token', 'create', '--role', 'agent', '--uses', '2', '--ttl', '10m']);
    expect(printed.code, printed.stderr).to.equal(0);
    for (const name of ['alpha', 'beta']) {
      const joined = await on(name, ['sh', '-c', printed.stdout]);
      expect(joined.code, joined.stderr).to.equal(0);
      await start(name);
    }
    const spent = await on('gamma', ['sh', '-c', printed.stdout]);
    expect(spent.code).not.to.equal(0);
    expect(spent.stderr).to.include('all uses');
    await fleet.hostsReady(2);
    const miner = { name: 'far', replicas: 2, strategy: 'spread' };
    await fleet.apply(miner);
    await fleet.running('far', 2);
    const { instances } = await fleet.fleet.listInstances({ pageSize: 10 });
    expect(new Set(instances.map(({ hostId }) => hostId))).to.have.length(2);
    const { hosts } = await fleet.hosts.listHosts({});
    expect(hosts.flatMap(({ facts }) => facts?.addresses ?? [])).to.include.members(
      ['alpha', 'beta'].map((name) => machine(name).address),
    );
  });
});
