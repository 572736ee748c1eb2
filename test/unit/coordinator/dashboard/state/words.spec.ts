import { fromJson } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { MinerSpecSchema } from '../../../../../common/gen/headframe/v1/miner_pb.js';
import { EMPTY_FORM, faultsOf, specOf, wordsOf } from '../../../../../coordinator/dashboard/page/state/deploy-form.js';
import {
  ago,
  bytes,
  cpuText,
  cpus,
  percent,
  shortAddress,
  span,
  tokens,
} from '../../../../../coordinator/dashboard/page/state/format.js';
import { hrefOf, placeOf } from '../../../../../coordinator/dashboard/page/state/route.js';
import { matches, nextOrder, sorted } from '../../../../../coordinator/dashboard/page/state/sorting.js';
import { visibleRows } from '../../../../../coordinator/dashboard/page/state/visible.js';

describe('words of the dashboard', () => {
  it('give amounts three digits and their unit', () => {
    expect([0, '1023', 1536, 5 * 2 ** 30, '1099511627776', NaN].map(bytes)).to.deep.equal([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '5 GiB',
      '1 TiB',
      '0 B',
    ]);
    expect([cpus(250), cpus(12_340), cpus(NaN), percent(1, 3), percent(1, 0)]).to.deep.equal([
      '0.25',
      '12.3',
      '–',
      '33 %',
      '–',
    ]);
  });

  it('tell little of a CPU in thousandths, so that it is not nothing', () => {
    expect([0, 0.0004, 0.05, 0.2, 12].map(cpuText)).to.deep.equal([
      '0 CPU',
      '0.4 mCPU',
      '50 mCPU',
      '0.2 CPU',
      '12 CPU',
    ]);
  });

  it('give times their largest units', () => {
    const texts = [999, 61_000, 3_600_000, 90_000_000].map(span);
    expect(texts).to.deep.equal(['0 s', '1 min 1 s', '1 h', '1 d 1 h']);
    expect([ago(0, 5), ago('1000', 1_500), ago(1_000, 11_000)]).to.deep.equal(['–', 'now', '10 s ago']);
  });

  it('write amounts of a chain out of whole digits, never rounded up', () => {
    expect(tokens('1999999999', 9, 'TAO')).to.equal('1.9999 TAO');
    expect(tokens('123456789012345678901234', 18, '')).to.equal('123 456.789');
    expect(tokens('5', undefined, 'X')).to.equal('5 X');
    expect(tokens('', 9, 'X')).to.equal('–');
    expect(shortAddress('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY')).to.equal('5Grwva…GKutQY');
  });

  it('name places in the address, whatever is in a name', () => {
    for (const of of ['', 'a-1', 'a/b', '%', '%41', '<img src=x>', 'ä ö'])
      expect(placeOf(hrefOf('instances', of))).to.deep.equal({ page: 'instances', of });
    expect(placeOf('#/nowhere')).to.deep.equal({ page: 'overview', of: '' });
    expect(placeOf('#/miners/%E0%A4%A')).to.deep.equal({ page: 'miners', of: '%E0%A4%A' });
  });
});

describe('lists of the dashboard', () => {
  it('sort numbers by size and texts as people read them, equal ones as they were', () => {
    expect(sorted(['a-10', 'a-9', 'A-1'], (text) => text, false)).to.deep.equal(['A-1', 'a-9', 'a-10']);
    expect(sorted([3, 20, 1], (value) => value, true)).to.deep.equal([20, 3, 1]);
    expect(sorted(['b', 'a'], () => 0, true)).to.deep.equal(['b', 'a']);
    expect(nextOrder({ by: 'Host', isDown: false }, 'Host')).to.deep.equal({ by: 'Host', isDown: true });
    expect(nextOrder({ by: 'Host', isDown: true }, 'State')).to.deep.equal({ by: 'State', isDown: false });
  });

  it('keep what has all words somewhere', () => {
    expect(matches('RIG ready', ['rig-1', 'Ready'])).to.equal(true);
    expect(matches('rig lost', ['rig-1', 'ready'])).to.equal(false);
    expect(matches('  ', [])).to.equal(true);
  });

  it('have only the rows that can be seen, and some beyond', () => {
    const place = { count: 10_000, rowHeight: 40, windowHeight: 800 };
    expect(visibleRows({ ...place, count: 120, top: 0 })).to.deep.equal({ first: 0, end: 120 });
    expect(visibleRows({ ...place, top: 300 })).to.deep.equal({ first: 0, end: 44 });
    expect(visibleRows({ ...place, top: -40_000 })).to.deep.equal({ first: 988, end: 1_032 });
    expect(visibleRows({ ...place, top: -1e9 })).to.deep.equal({ first: 9_956, end: 10_000 });
  });
});

describe('the form of a deployment', () => {
  const form = { ...EMPTY_FORM, name: 'a', image: 'x:1' };

  it('says what is wrong beside each field', () => {
    expect(faultsOf(form)).to.deep.equal({});
    const wrong = {
      name: 'A',
      image: ' ',
      env: 'no',
      port: '70000',
      cpu: '0',
      replicas: '-1',
      priority: '1001',
      args: "'",
    };
    expect(Object.keys(faultsOf({ ...form, ...wrong })).sort()).to.deep.equal(Object.keys(wrong).sort());
  });

  it('becomes a spec', () => {
    const full = { ...form, args: `--x "a b" 'c d'`, env: 'A=1\n\n B=x=y ', port: '8080', cpu: '0.5', memoryMib: '64' };
    // The contract takes it as it is.
    expect(() => fromJson(MinerSpecSchema, specOf(full) as JsonValue)).not.to.throw();
    expect(specOf(full)).to.deep.equal({
      ...{ kind: 'container', name: 'a', namespace: 'default', replicas: 1, priority: 500 },
      resources: { cpuMillis: 500, memoryBytes: '67108864', diskBytes: '5368709120' },
      container: {
        ...{ image: 'x:1', args: ['--x', 'a b', 'c d'], env: { A: '1', B: 'x=y' } },
        ports: [{ name: 'http', containerPort: 8080, protocol: 'PROTOCOL_TCP' }],
      },
    });
  });

  it('asks of a model what it is built of, and for no image', () => {
    const model = { ...EMPTY_FORM, kind: 'model' as const, name: 'm', port: '3000' };
    expect(Object.keys(faultsOf(model))).to.deep.equal(['file']);
    expect(faultsOf({ ...model, file: 'Dockerfile' })).to.deep.equal({});
    const wrong = { ...model, source: 'git' as const, url: 'ftp://x', commit: 'main', port: '' };
    expect(Object.keys(faultsOf(wrong)).sort()).to.deep.equal(['commit', 'port', 'url']);
  });

  it('becomes the spec of a model, by each of its sources', () => {
    const model = {
      ...EMPTY_FORM,
      kind: 'model' as const,
      name: 'm',
      port: '3000',
      url: ' https://x/y ',
      account: '0.0.7',
    };
    const commit = 'a'.repeat(40);
    const sources = [{ upload: 'sha256:1' }, { url: { url: 'https://x/y' } }, { git: { url: 'https://x/y', commit } }];
    const specs = (['upload', 'url', 'git'] as const).map((source) => specOf({ ...model, source, commit }, 'sha256:1'));
    const rest = { port: 3000, env: {}, type: '', account: '0.0.7' };
    for (const [index, spec] of specs.entries()) {
      expect(spec).to.have.property('kind', 'model');
      expect(spec).to.have.deep.property('model', { ...sources[index], ...rest });
      // The contract takes it as it is.
      expect(() => fromJson(MinerSpecSchema, spec as JsonValue)).not.to.throw();
    }
  });

  it('splits words as a shell does', () => {
    expect(wordsOf(' a  "b \\" c"d \'e\\f\' g\\ h "" ')).to.deep.equal(['a', 'b " cd', 'e\\f', 'g h', '']);
    expect(wordsOf('')).to.deep.equal([]);
    expect(wordsOf('say "no')).to.equal(undefined);
  });
});
