import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { minerSpecFromWire } from '../../../../../common/wire/client.js';
import { modelOf } from '../../../../../coordinator/gateway/vms/model-of.js';
import type { Vm } from '../../../../../coordinator/gateway/vms/vm.js';

const VM: Vm = {
  ...{ id: 'vm-1f0e9c2b7a34', name: 'one', namespace: 'default', hostId: 'host-a', status: 'active' },
  ...{ why: { reason: '', text: '' }, address: '10.0.0.7', priceUsd: undefined, account: '0.0.7' },
  asked: { cpuMillis: 2_000, memoryBytes: 2 ** 30, diskBytes: 2 ** 30, gpus: 0 },
  ports: [
    { port: 22, protocol: 'tcp' },
    { port: 3000, protocol: 'tcp' },
    { port: 8080, protocol: 'udp' },
  ],
  assignedAtMs: 0,
};
const URL_OF = 'https://models.example/Dockerfile';

describe('what runs on a VM', () => {
  it("is a model of the VM's name, account, resources and ports, on its host alone", () => {
    const spec = minerSpecFromWire(modelOf(VM, { source: { url: URL_OF }, port: 3000 }));
    expect(spec).to.deep.include({ kind: 'model', name: VM.id, labels: { machine: VM.id } });
    expect(spec.constraints).to.deep.equal([{ attribute: 'host.id', operator: 'in', values: ['host-a'] }]);
    expect(spec.resources).to.include({ cpuMillis: 2_000, memoryBytes: 2 ** 30, diskBytes: 2 ** 30 });
    expect(spec.model).to.deep.include({ port: 3000, account: '0.0.7' });
    const ports = spec.container.ports.map(({ name, containerPort, hostPort }) => [name, containerPort, hostPort]);
    expect(ports).to.have.deep.members([
      ['udp-8080', 8080, 0],
      ['http', 3000, 0],
    ]);
  });

  it('is refused by the fields of the request', () => {
    let paths: string[] = [];
    try {
      modelOf(VM, { source: { url: 'ftp://x/y' }, port: 3000, dockerfile: '../Dockerfile', buildArgs: { 'a b': '' } });
    } catch (error) {
      if (error instanceof HeadframeError) paths = error.violations.map(({ path }) => path);
    }
    expect(paths).to.include.members(['dockerfile_url', 'dockerfile']);
    expect(paths.some((path) => path.startsWith('build_args'))).to.equal(true);
  });
});
