import { expect } from 'chai';
import { Command, Option } from 'commander';
import { readScanFlags } from '../../../../../agent/kinds/space/fleet/scan-command.js';
import { SPACE_COMMANDS } from '../../../../../common/model/space-commands.js';
import { parseManifest } from '../../../../../common/model/manifest/index.js';
import { specToManifest } from '../../../../../common/model/manifest/print.js';
import { minerSpecFromWire, minerSpecToWire } from '../../../../../common/wire/miner-spec.js';

const MINER_ID = `02${'ab'.repeat(32)}`;
const SPACE = {
  image: 'registry.example/headframe:1',
  nodes: ['10.0.0.1:8333', '[2001:db8::1]:9'],
  key: 'farm-key',
  minerId: MINER_ID,
  folders: ['/mnt/one', '/mnt/two'],
};

const parse = (space: object, rest: object = {}) => parseManifest({ kind: 'space', name: 'farm', space, ...rest });

/** A spec that must be well. */
function specOf(space: object, rest: object = {}) {
  const parsed = parse(space, rest);
  if ('violations' in parsed) throw new Error(JSON.stringify(parsed.violations));
  return parsed.value;
}

/** Paths that are refused. */
function refusals(space: object, rest: object = {}): readonly string[] {
  const parsed = parse(space, rest);
  return 'violations' in parsed ? parsed.violations.map(({ path }) => path) : [];
}

/** What the command is given by the words of a container, as its program reads them. */
function flagsOf(args: readonly string[]): Record<string, string> {
  const scan = SPACE_COMMANDS.find(({ name }) => name === 'scan');
  const command = new Command();
  for (const { flags, description, standard } of scan?.flags ?? [])
    command.addOption(new Option(flags, description).default(standard));
  return command.parse(args.slice(2), { from: 'user' }).opts();
}

describe('a manifest of the kind space', () => {
  it('has defaults, and a container that follows from it: plots to be read alone, and no key', () => {
    const { space, container, strategy, identity } = specOf(SPACE);
    expect(space).to.deep.equal({
      ...SPACE,
      ...{
        tls: false,
        authorities: '',
        deadlineMs: 60_000,
        readTimeoutMs: 10_000,
        difficulty: 1000,
        announce: 'Block',
        collectTransactions: false,
      },
    });
    expect(container.mounts).to.deep.equal([
      { kind: 'hostPath', hostPath: '/mnt/one', target: '/plots/0', readOnly: true },
      { kind: 'hostPath', hostPath: '/mnt/two', target: '/plots/1', readOnly: true },
      { kind: 'tmpfs', target: '/tmp', sizeBytes: 16 * 2 ** 20, readOnly: false },
    ]);
    expect(container).to.include({ image: SPACE.image, readOnlyRootFilesystem: true, network: 'bridge' });
    expect(container.secrets).to.equal(undefined);
    expect(JSON.stringify(container)).not.to.include('farm-key');
    const flags = new Map(container.args.slice(2).map((word, at, all) => [word, all[at + 1]]));
    expect([flags.get('--miner'), flags.get('--folders')]).to.deep.equal([MINER_ID, '/plots/0,/plots/1']);
    // Less than the miner has, for the way there and back.
    expect([flags.get('--deadline'), flags.get('--read-timeout')]).to.deep.equal(['54000', '10000']);
    expect([strategy.perHostCap, identity]).to.deep.equal([1, '']);
    expect(specOf(SPACE).health?.probe).to.deep.equal({ kind: 'tcp', port: 7711 });
    expect(specOf(SPACE, { health: { exec: { command: ['x'] } } }).health?.probe.kind).to.equal('exec');
  });

  it('has its scanners look at other leaves than all where it says so', () => {
    const flagOf = (scan: object) => {
      const { container } = specOf({ ...SPACE, ...scan });
      const { strategy } = readScanFlags(flagsOf(container.args));
      return [container.args.includes('--strategy'), strategy];
    };
    expect(flagOf({})).to.deep.equal([false, { kind: 'full' }]);
    expect(flagOf({ scan: 'full' })).to.deep.equal([false, { kind: 'full' }]);
    expect(flagOf({ scan: 'cacheFriendly:64:8' })).to.deep.equal([
      true,
      { kind: 'cacheFriendly', block: 64, perBlock: 8 },
    ]);
  });

  it('is the same when it is printed and read again, and over the wire', () => {
    const full = {
      ...SPACE,
      tls: true,
      authorities: 'PEM',
      deadline: '30s',
      readTimeout: '1500ms',
      difficulty: 5,
      announce: 'both',
      collectTransactions: true,
      scan: 'sampling:500',
    };
    for (const spec of [specOf(SPACE), specOf(full, { replicas: 7, strategy: 'spread' })]) {
      const printed = specToManifest(spec);
      expect([printed['container'], printed['health']]).to.deep.equal([undefined, undefined]);
      const again = parseManifest(printed);
      expect('value' in again && again.value).to.deep.equal(spec);
      expect(minerSpecFromWire(minerSpecToWire(spec))).to.deep.equal(spec);
    }
  });

  for (const [what, change, path] of [
    ['no nodes', { nodes: [] }, 'space.nodes'],
    ['a node without a port', { nodes: ['10.0.0.1'] }, 'space.nodes[0]'],
    ['a key that is no name', { key: 'Farm Key' }, 'space.key'],
    ['a miner id that is no compressed key', { minerId: '04'.repeat(33) }, 'space.minerId'],
    ['no folders', { folders: [] }, 'space.folders'],
    ['a folder twice', { folders: ['/a', '/a'] }, 'space.folders'],
    ['a folder that is not absolute', { folders: ['plots'] }, 'space.folders[0]'],
    ['a folder with a "/" at its end', { folders: ['/plots/'] }, 'space.folders[0]'],
    ['a folder by way of another', { folders: ['/plots/../data'] }, 'space.folders[0]'],
    ['a folder with two "/"', { folders: ['/plots//a'] }, 'space.folders[0]'],
    ['a difficulty of 0', { difficulty: 0 }, 'space.difficulty'],
    ['a strategy that there is not', { scan: 'some' }, 'space.scan'],
    ['a field that is not known', { nodez: [] }, 'space.nodez'],
  ] as const)
    it(`is refused with ${what}`, () => {
      expect(refusals({ ...SPACE, ...change })).to.deep.equal([path]);
    });

  it('takes neither a container, nor several scanners on a host, nor an identity of its instances', () => {
    expect(refusals(SPACE, { container: { image: 'x' } })).to.deep.equal(['container']);
    expect(refusals(SPACE, { strategy: { kind: 'balance', perHostCap: 2 } })).to.deep.equal(['strategy.perHostCap']);
    expect(refusals(SPACE, { identity: 'own' })).to.include('identity');
    expect(parseManifest({ kind: 'space', name: 'farm' })).to.have.nested.property('violations[0].path', 'space');
    const other = parseManifest({ kind: 'container', name: 'x', container: { image: 'x' }, space: SPACE });
    expect(other).to.have.nested.property('violations[0].path', 'space');
  });
});
