import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { GetFleetStatusResponseSchema } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostSchema, HostState } from '../../../../common/gen/headframe/v1/host_pb.js';
import { Health, InstanceSchema, InstanceState } from '../../../../common/gen/headframe/v1/instance_pb.js';
import { MinerSchema } from '../../../../common/gen/headframe/v1/miner_pb.js';
import { finalState } from '../../../../deploy/quickstart/final-state.js';
import type { FleetView } from '../../../../deploy/quickstart/fleet-client.js';
import { hintsText, whyText } from '../../../../deploy/quickstart/hints.js';

const addresses = {
  coordinator: '127.0.0.1:7',
  identity: '/tmp/logs/coordinator/admin',
  metrics: '127.0.0.1:8',
  nats: null,
  logs: '/tmp/logs',
};

const view: FleetView = {
  status: create(GetFleetStatusResponseSchema, { settled: true, version: '1.2.3', revision: 42n }),
  hosts: [create(HostSchema, { id: 'h-1', name: 'east-1', state: HostState.READY, labels: { zone: 'east' } })],
  miners: [
    create(MinerSchema, {
      spec: { name: 'low', priority: 100 },
      counts: { desired: 3, running: 1, pending: 2 },
      why: { reason: 'insufficient_cpu', text: 'no CPU', filters: [{ reason: 'insufficient_cpu', hosts: 1 }] },
    }),
    create(MinerSchema, { spec: { name: 'odd', priority: 901 }, counts: { desired: 0 } }),
  ],
  instances: [
    create(InstanceSchema, {
      id: 'low-1',
      miner: 'low',
      hostId: 'h-1',
      state: InstanceState.RUNNING,
      health: Health.HEALTHY,
      ports: [{ name: 'status', containerPort: 8080, hostPort: 20_001 }],
    }),
    create(InstanceSchema, { id: 'low-2', miner: 'low', state: InstanceState.PENDING }),
  ],
};

describe('the final state of the quickstart', () => {
  // What a program that reads the last line of the output gets.
  const state: unknown = JSON.parse(JSON.stringify(finalState(view, addresses, 'docker')));

  it('is plain JSON with the fleet, its addresses, and whether it has settled', () => {
    expect(state).to.deep.include({ settled: true, version: '1.2.3', revision: 42, runtime: 'docker', addresses });
  });

  it('names states as listings do, and hosts by their names', () => {
    expect(state).to.have.nested.property('hosts[0].state', 'ready');
    expect(state).to.have.nested.property('instances[0].state', 'running');
    expect(state).to.have.nested.property('instances[0].health', 'healthy');
    expect(state).to.have.nested.property('instances[0].host', 'east-1');
    expect(state).to.have.nested.property('instances[1].host', null);
  });

  it('gives each miner its counts, its priority, and the why of what waits', () => {
    expect(state).to.have.nested.property('miners[0].priorityClass', 'background');
    expect(state).to.have.nested.property('miners[0].counts.pending', 2);
    expect(state).to.have.nested.property('miners[0].why.reason', 'insufficient_cpu');
    expect(state).to.have.nested.property('miners[0].why.filters[0].hosts', 1);
    expect(state).to.have.nested.property('miners[1].priorityClass', '901');
    expect(state).to.have.nested.property('miners[1].why', null);
  });
});

describe('the hints of the quickstart', () => {
  it('tell the why of miners that wait, and of no others', () => {
    expect(whyText(view)).to.include('low').and.to.include('insufficient_cpu').and.not.to.include('odd');
    expect(whyText({ ...view, miners: [] })).to.equal('');
  });

  it('name an instance that runs, and the page that it serves', () => {
    expect(hintsText(view, addresses)).to.include('low-1').and.to.include('http://127.0.0.1:20001/');
  });
});
