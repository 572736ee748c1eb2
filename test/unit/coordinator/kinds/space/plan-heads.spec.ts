import { expect } from 'chai';
import { parseManifest } from '../../../../../common/model/manifest/index.js';
import type { MinerRecord } from '../../../../../common/model/miner.js';
import type { SecretRecord } from '../../../../../common/model/secret.js';
import { planHeads } from '../../../../../coordinator/kinds/space/plan-heads.js';

const SPACE = { image: 'x', nodes: ['10.0.0.1:8333'], key: 'key-a', minerId: `02${'ab'.repeat(32)}`, folders: ['/a'] };

/** What of a record the plan looks at. */
function miner(
  name: string,
  createdAtMs: number,
  change: object = {},
  standing: Partial<MinerRecord> = {},
): MinerRecord {
  const parsed = parseManifest({ kind: 'space', name, space: { ...SPACE, ...change } });
  if ('violations' in parsed) throw new Error(JSON.stringify(parsed.violations));
  return { spec: parsed.value, createdAtMs, stopped: false, deleting: false, ...standing } as MinerRecord; // the rest is nobody's here
}

const fleetOf = (miners: readonly MinerRecord[], valueId = 'v1') => ({
  miners: () => miners,
  secret: (_: string, name: string) => (name === 'gone' ? undefined : ({ valueId } as SecretRecord)),
});

describe('who speaks with nodes for space miners', () => {
  it('is one process for each that is to run', () => {
    const other = { minerId: `03${'cd'.repeat(32)}` };
    const miners = [
      ...[miner('a', 1), miner('b', 2, other)],
      ...[miner('stopped', 3, other, { stopped: true }), miner('deleted', 4, other, { deleting: true })],
    ];
    const { heads, refused } = planHeads(fleetOf(miners));
    expect([heads.map((head) => head.miner), refused]).to.deep.equal([['a', 'b'], []]);
  });

  it('is the oldest of those with one key, whatever the order, and the next one once that has stopped', () => {
    const [young, old] = [miner('a-young', 9), miner('z-old', 1)];
    for (const miners of [
      [young, old],
      [old, young],
    ]) {
      const { heads, refused } = planHeads(fleetOf(miners));
      expect(heads.map((head) => head.miner)).to.deep.equal(['z-old']);
      expect(refused.map((one) => [one.miner, one.reason])).to.deep.equal([['a-young', 'space_key_in_use']]);
    }
    expect(planHeads(fleetOf([young, { ...old, stopped: true }])).heads.map((head) => head.miner)).to.deep.equal([
      'a-young',
    ]);
  });

  it('is nobody where the secret is gone, and another process when spec or value change, not when hosts do', () => {
    const { heads, refused } = planHeads(fleetOf([miner('a', 1, { key: 'gone' })]));
    expect([heads, refused[0]?.reason]).to.deep.equal([[], 'space_head_failed']);
    const version = (one: MinerRecord, valueId?: string) => planHeads(fleetOf([one], valueId)).heads[0]?.version;
    const same = miner('a', 1);
    expect(version(same)).to.equal(version({ ...same, spec: { ...same.spec, replicas: 5 } }));
    expect(version(same)).not.to.equal(version(miner('a', 1, { difficulty: 7 })));
    expect(version(same)).not.to.equal(version(same, 'v2'));
  });
});
