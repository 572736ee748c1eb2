import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { InstanceSchema, InstanceState } from '../../../../common/gen/headframe/v1/instance_pb.js';
import { MinerSchema } from '../../../../common/gen/headframe/v1/miner_pb.js';
import { expectSame, minerContainers } from '../../../../deploy/cluster-demo/miner-containers.js';

const miners = [create(MinerSchema, { spec: { name: 'beacon' }, counts: { desired: 2 } })];
const running = (containerId: string, restarts = 0) =>
  create(InstanceSchema, { id: containerId, miner: 'beacon', state: InstanceState.RUNNING, containerId, restarts });
const engineOf = (...ids: string[]) => ({ containers: () => Promise.resolve(ids.map((id) => ({ id, labels: {} }))) });

describe('what the demonstration of a cluster expects of containers', () => {
  it('is that every copy of the miner runs, none of them restarted', () => {
    const other = create(InstanceSchema, { miner: 'hasher', state: InstanceState.RUNNING, containerId: 'h' });
    const gone = create(InstanceSchema, { miner: 'beacon', state: InstanceState.LOST, containerId: 'l' });
    const instances = [running('b'), other, gone, running('a')];
    expect(minerContainers({ miners, instances }, 'beacon')).to.deep.equal(['a', 'b']);
    expect(() => minerContainers({ miners, instances: [running('a'), gone] }, 'beacon')).to.throw('1 of 2 copies');
    expect(() => minerContainers({ miners, instances: [running('a'), running('b', 1)] }, 'beacon')).to.throw(
      'b was restarted',
    );
    expect(() => minerContainers({ miners: [], instances: [] }, 'beacon')).to.throw('0 of 0 copies');
  });

  it('is that they are the same as before, and on the engine', async () => {
    const failure = async (...args: Parameters<typeof expectSame>): Promise<string> =>
      expectSame(...args).then(
        () => '',
        (error: unknown) => String(error),
      );
    expect(await failure(['a', 'b'], ['a', 'b'], engineOf('a', 'b', 'c'))).to.equal('');
    expect(await failure(['a', 'b'], ['a', 'c'], engineOf('a', 'b', 'c'))).to.include('containers a, b were to run on');
    expect(await failure(['a', 'b'], ['a', 'b'], engineOf('a'))).to.include('container b no more');
  });
});
