import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { WorkloadSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { LeaseEgress, MinerSpecSchema } from '../../../../common/gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { LeaseSpec } from '../../../../common/model/lease-spec.js';
import { parseManifest } from '../../../../common/model/manifest/index.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import { minerSpecFromWire, minerSpecToWire, minerSpecsFromWire } from '../../../../common/wire/client.js';
import { leaseFromWire, leaseToWire } from '../../../../common/wire/lease-section.js';
import { workloadFromWire, workloadToWire } from '../../../../common/wire/workload.js';
import { leaseKind } from '../../../../coordinator/kinds/lease/index.js';
import { leaseSpec } from '../../../support/lease-samples.js';

const HASH = '$6$abcdefgh$0123456789abcdefABCDEF./';

function minerOf(lease: LeaseSpec): MinerSpec {
  const parsed = parseManifest({
    kind: 'container',
    name: lease.lease,
    container: { image: 'ubuntu:24.04', ports: [{ name: 'ssh', container: 22 }] },
  });
  if ('violations' in parsed) throw new Error(JSON.stringify(parsed.violations));
  return { ...parsed.value, kind: 'lease', lease };
}

function refusedAt(patch: Partial<LeaseSpec>): string[] {
  try {
    leaseFromWire(leaseToWire(leaseSpec(patch)));
  } catch (error) {
    if (!(error instanceof HeadframeError) || error.reason !== 'lease_invalid') throw error;
    return error.violations.map(({ path }) => path);
  }
  return [];
}

describe('a lease on the wire', () => {
  it('reaches its host as it was, with its miner’s workload', () => {
    const lease = leaseSpec({
      ...{ egress: 'none', runtime: 'runsc', bandwidthBytes: 1_000_000, ioBytes: 2_000_000, passwordHash: HASH },
      userCa: leaseSpec().authorizedKeys[0] ?? '',
      probeKey: leaseSpec().authorizedKeys[0] ?? '',
    });
    const workload = leaseKind.resolve(minerOf(lease), { workloadId: 7, specRevision: 9 });
    expect(workload.lease).to.deep.equal(lease);
    const bytes = toBinary(WorkloadSchema, workloadToWire(workload));
    expect(workloadFromWire(fromBinary(WorkloadSchema, bytes))).to.deep.equal(workload);
  });

  it('comes to clients as a miner of its kind, without the hash of a password', () => {
    const spec = minerOf(leaseSpec({ passwordHash: HASH }));
    const bytes = toBinary(MinerSpecSchema, minerSpecToWire(spec));
    const read = minerSpecFromWire(fromBinary(MinerSpecSchema, bytes));
    expect(read).to.deep.equal({ ...spec, lease: { ...spec.lease, passwordHash: '' } });
  });

  it('is refused by field where it is out of bounds', () => {
    const key = leaseSpec().authorizedKeys[0] ?? '';
    expect(refusedAt({})).to.deep.equal([]);
    expect(refusedAt({ lease: '../etc' })).to.deep.equal(['lease.lease']);
    expect(refusedAt({ owner: '' })).to.deep.equal(['lease.owner']);
    expect(refusedAt({ owner: 'a\nb' })).to.deep.equal(['lease.owner']);
    expect(refusedAt({ passwordHash: 'root:x' })).to.deep.equal(['lease.passwordHash']);
    expect(refusedAt({ authorizedKeys: Array.from({ length: 33 }, () => key) })).to.deep.equal([
      'lease.authorizedKeys',
    ]);
    expect(refusedAt({ authorizedKeys: [key, 'ssh-ed25519'] })).to.deep.equal(['lease.authorizedKeys[1]']);
    expect(refusedAt({ authorizedKeys: [`${key}\n${key}`] })).to.deep.equal(['lease.authorizedKeys[0]']);
    expect(refusedAt({ authorizedKeys: [`command="x" ${key}`] })).to.deep.equal(['lease.authorizedKeys[0]']);
    expect(refusedAt({ userCa: 'x' })).to.deep.equal(['lease.userCa']);
    expect(refusedAt({ probeKey: `restrict ${key}` })).to.deep.equal(['lease.probeKey']);
    expect(refusedAt({ bandwidthBytes: 2 ** 50, ioBytes: 2 ** 50 })).to.deep.equal([
      'lease.bandwidthBytes',
      'lease.ioBytes',
    ]);
  });

  it('is refused where it asks for what this version does not know', () => {
    const message = leaseToWire(leaseSpec());
    for (const patch of [{ runtime: 'chroot' }, { egress: LeaseEgress.UNSPECIFIED }, { egress: 9 as LeaseEgress }])
      expect(() => leaseFromWire({ ...message, ...patch }), JSON.stringify(patch))
        .to.throw(HeadframeError)
        .with.property('reason', 'unknown_value');
  });
});

describe('a manifest of the kind lease', () => {
  it('is refused with the command that makes leases, and with nothing beside it', () => {
    const parsed = parseManifest({ kind: 'lease', name: 'UPPER', surprise: 1 });
    const violations = 'violations' in parsed ? parsed.violations : [];
    expect(violations.map(({ path }) => path)).to.deep.equal(['kind']);
    expect(violations[0]?.remedy).to.include('headframe lease create');
  });

  it('is refused by apply, whatever section it has', () => {
    const spec = minerSpecToWire(minerOf(leaseSpec()));
    for (const section of [spec.section, { case: undefined }])
      expect(() => minerSpecsFromWire([create(MinerSpecSchema, { ...spec, section })]))
        .to.throw(HeadframeError)
        .with.property('reason', 'manifest_invalid');
  });
});
