import { expect } from 'chai';
import type { InstanceState } from '../../../../common/model/instance.js';
import type { FleetReader } from '../../../../coordinator/fleet/port.js';
import { ContentDesk, neededContent } from '../../../../coordinator/contents/index.js';
import { expectReason } from '../../../support/expect-reason.js';

const OLD = `sha256:${'1'.repeat(64)}`;
const NEW = `sha256:${'2'.repeat(64)}`;
const GONE = `sha256:${'3'.repeat(64)}`;

/** One host with an instance in that state which is built of OLD; its miner's present revision is of NEW. */
function fleetOf(state: InstanceState): FleetReader {
  const built = (content: string) => ({ name: 'worker', kind: 'module', module: { build: { content } } });
  return {
    modules: () => [{ pin: { digest: 'pinned' }, candidate: undefined }],
    miners: () => [{ spec: built(NEW) }, { spec: { name: 'other', kind: 'container' } }],
    historyOf: () => ({ revisions: [{ spec: built(OLD) }, { spec: built(NEW) }] }),
    instancesOn: (hostId: string) =>
      hostId === 'h1'
        ? [
            { state, workloadId: 1 },
            { state, workloadId: 2 },
          ]
        : [],
    workload: (id: number) => (id === 1 ? { build: { content: OLD } } : {}),
  } as unknown as FleetReader; // all that is asked of it
}

describe('the contents that hosts build from', () => {
  const store = {
    pieces: async function* () {
      await Promise.resolve();
      yield Buffer.from('archive');
    },
  };

  async function fetched(state: InstanceState, hostId: string, digest: string): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of new ContentDesk(fleetOf(state), store).fetch(hostId, digest)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  it('are handed to a host with an instance that needs them, and to no other', async () => {
    expect(await fetched('preparing', 'h1', OLD)).to.equal('archive');
    await expectReason(fetched('preparing', 'h2', OLD), 'content_forbidden');
    await expectReason(fetched('preparing', 'h1', NEW), 'content_forbidden');
    await expectReason(fetched('preparing', 'h1', GONE), 'content_forbidden');
    await expectReason(fetched('failed', 'h1', OLD), 'content_forbidden');
  });

  it('are kept for modules, for miners, and for the revisions that a miner may go back to', () => {
    expect([...neededContent(fleetOf('running'))].sort()).to.deep.equal([OLD, NEW, 'pinned'].sort());
  });
});
