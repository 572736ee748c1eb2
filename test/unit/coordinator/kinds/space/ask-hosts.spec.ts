import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import type { InstanceRecord } from '../../../../../common/model/instance.js';
import { askHosts } from '../../../../../coordinator/kinds/space/ask-hosts.js';

type Way = (other: Duplex) => void;

const instance = (serial: number, state: InstanceRecord['state'] = 'running') =>
  ({ serial, hostId: `host-${String(serial)}`, state }) as InstanceRecord; // the rest is nobody's here

/** Asks hosts that do this, each with its serial in order. */
async function asked(ways: readonly Way[], signal: AbortSignal, instances = ways.map((_, at) => instance(at))) {
  const silent: string[] = [];
  const ports: number[] = [];
  const parts = {
    fleet: { instancesOf: () => instances },
    reach: {
      connect: (serial: number, port: number) => {
        const [own, other] = duplexPair();
        own.on('error', () => undefined);
        other.on('error', () => undefined);
        ports.push(port);
        ways[serial]?.(other);
        return Promise.resolve(own);
      },
    },
    onSilent: (host: string) => silent.push(host),
  };
  const answers = await askHosts('farm', 'the request', parts, signal);
  return { answers: answers.map(({ host, line }) => `${host} ${line}`), silent, ports };
}

const never = new AbortController().signal;
const saying =
  (...pieces: readonly string[]): Way =>
  (other) => {
    other.once('data', (request: Buffer) => {
      for (const piece of pieces) other.write(piece.replace('?', request.toString().trim()));
      if (!pieces.join('').includes('\n')) other.end();
    });
  };

describe('asking the hosts of a space miner', () => {
  it('gives what each says to the request, in the order of the instances, also in pieces', async () => {
    const { answers, silent, ports } = await asked([saying('a to ?', ' and ', 'more\n'), saying('b\nrest')], never);
    expect([answers, silent, ports]).to.deep.equal([
      ['host-0 a to the request and more', 'host-1 b'],
      [],
      [7711, 7711],
    ]);
  });

  it('asks those that run alone', async () => {
    const instances = [instance(0, 'starting'), instance(1), instance(2, 'lost')];
    expect((await asked([saying('a\n'), saying('b\n'), saying('c\n')], never, instances)).answers).to.deep.equal([
      'host-1 b',
    ]);
  });

  it('names a host that ends, floods or says nothing, and gives what the others said', async () => {
    const over = new AbortController();
    const asking = asked(
      [saying('torn'), saying('x'.repeat(70_000)), () => undefined, saying('well\n'), (other) => other.destroy()],
      over.signal,
    );
    setTimeout(() => over.abort(), 50);
    const { answers, silent } = await asking;
    expect(answers).to.deep.equal(['host-3 well']);
    expect(silent.sort()).to.deep.equal(['host-0', 'host-1', 'host-2', 'host-4']);
  });
});
