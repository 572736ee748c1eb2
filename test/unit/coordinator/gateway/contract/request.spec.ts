import { expect } from 'chai';
import { FleetService } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../../../../common/gen/headframe/v1/host_service_pb.js';
import { InstanceState } from '../../../../../common/gen/headframe/v1/instance_pb.js';
import { HeadframeError } from '../../../../../common/model/error.js';
import type { FieldViolation } from '../../../../../common/model/error.js';
import type { Binding } from '../../../../../coordinator/gateway/contract/binding.js';
import { requestOf } from '../../../../../coordinator/gateway/contract/request.js';
import type { Said } from '../../../../../coordinator/gateway/contract/request.js';

const { scaleMiner, listInstances, listMiners, streamEvents, applyMiners } = FleetService.method;
const { removeHost, labelHost } = HostService.method;
const at = (verb: Binding['verb'], path: string): Binding => ({ verb, path, summary: '' });
const said = (some: Partial<Said>): Said => ({ params: {}, query: {}, body: undefined, ...some });

function violationsOf(make: () => unknown): readonly FieldViolation[] {
  try {
    make();
  } catch (error) {
    if (error instanceof HeadframeError && error.reason === 'request_invalid') return error.violations;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a request of HTTP', () => {
  it('has what its path and its body say', () => {
    const scale = requestOf(
      scaleMiner.input,
      at('POST', '/v1/miners/:name/scale'),
      said({ params: { name: 'a' }, body: { replicas: 3 } }),
    );
    expect(scale).to.include({ name: 'a', replicas: 3 });
    const label = requestOf(
      labelHost.input,
      at('PATCH', '/v1/hosts/:host/labels'),
      said({ params: { host: 'h' }, body: { set: { rack: '1' }, remove: ['gpu'] } }),
    );
    expect(label).to.deep.include({ host: 'h', set: { rack: '1' }, remove: ['gpu'] });
  });

  it('has what its path and its query say, by either name of a field', () => {
    const query = {
      page_size: '5',
      states: ['INSTANCE_STATE_RUNNING', 'INSTANCE_STATE_LOST'],
      includeEnded: 'true',
      miner: 'true',
    };
    const list = requestOf(listInstances.input, at('GET', '/v1/instances'), said({ query }));
    expect(list).to.deep.include({ pageSize: 5, includeEnded: true, miner: 'true' });
    expect(list.states).to.deep.equal([InstanceState.RUNNING, InstanceState.LOST]);
    const events = requestOf(
      streamEvents.input,
      at('GET', '/v1/events'),
      said({ query: { afterRevision: '9007199254740993' } }),
    );
    expect(events.afterRevision).to.equal(9007199254740993n);
    const labelled = requestOf(
      listMiners.input,
      at('GET', '/v1/miners'),
      said({ query: { labels: ['a=1', 'b=x=y', 'c='] } }),
    );
    expect(labelled.labels).to.deep.equal({ a: '1', b: 'x=y', c: '' });
    const removed = requestOf(
      removeHost.input,
      at('DELETE', '/v1/hosts/:host'),
      said({ params: { host: 'h' }, query: { force: 'true' } }),
    );
    expect(removed).to.include({ host: 'h', force: true });
  });

  it('is refused by field for what is not there, of another kind, or said in another place', () => {
    const scale = at('POST', '/v1/miners/:name/scale');
    const list = at('GET', '/v1/instances');
    const cases: readonly (readonly [
      Partial<Said>,
      typeof scaleMiner.input | typeof listInstances.input,
      Binding,
      string,
    ])[] = [
      [{ body: { replicas: 'many' } }, scaleMiner.input, scale, 'replicas'],
      [{ body: { replicas: -1 } }, scaleMiner.input, scale, 'replicas'],
      [{ body: { replica: 1 } }, scaleMiner.input, scale, 'replica'],
      [{ body: { name: 'b' } }, scaleMiner.input, scale, 'name'],
      [{ body: [1] }, scaleMiner.input, scale, ''],
      [{ body: 'text' }, scaleMiner.input, scale, ''],
      [{ query: { replicas: '1' } }, scaleMiner.input, scale, 'replicas'],
      [{ query: { pageSize: ['1', '2'] } }, listInstances.input, list, 'pageSize'],
      [{ query: { pageSize: 'all' } }, listInstances.input, list, 'pageSize'],
      [{ query: { states: 'RUNNING' } }, listInstances.input, list, 'states'],
      [{ query: { color: 'red' } }, listInstances.input, list, 'color'],
      [{ body: { miner: 'a' } }, listInstances.input, list, ''],
    ];
    for (const [some, input, binding, path] of cases) {
      const violations = violationsOf(() =>
        requestOf(input, binding, said({ params: binding === scale ? { name: 'a' } : {}, ...some })),
      );
      expect(
        violations.map((violation) => violation.path),
        JSON.stringify(some),
      ).to.deep.equal([path]);
      expect(violations[0]?.expected).to.have.length.above(3);
    }
  });

  it('has no place for fields that are left out', () => {
    const binding = { ...at('GET', '/v1/events'), without: ['follow'] };
    const violations = violationsOf(() => requestOf(streamEvents.input, binding, said({ query: { follow: 'true' } })));
    expect(violations.map(({ path }) => path)).to.deep.equal(['follow']);
  });

  it('is refused for what is wrong deep inside, and for labels that are none', () => {
    const apply = at('POST', '/v1/miners');
    const deep = violationsOf(() =>
      requestOf(applyMiners.input, apply, said({ body: { miners: [{ name: 'a', container: { ports: 'http' } }] } })),
    );
    expect(deep.map(({ path }) => path)).to.deep.equal(['ports']);
    const unknown = violationsOf(() => requestOf(applyMiners.input, apply, said({ body: { miners: [{ nam: 'a' }] } })));
    expect(unknown.map(({ path }) => path)).to.deep.equal(['nam']);
    const pairs = violationsOf(() =>
      requestOf(listMiners.input, at('GET', '/v1/miners'), said({ query: { labels: 'rack' } })),
    );
    expect(pairs.map(({ path }) => path)).to.deep.equal(['labels']);
  });
});
