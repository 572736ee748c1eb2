import { expect } from 'chai';
import { compareFingerprints, isOneMachine, partsText } from '../../../../common/model/fingerprint.js';
import type { FingerprintKind, FingerprintPart } from '../../../../common/model/fingerprint.js';

/** Parts such as `disk1`. */
function parts(...names: readonly string[]): FingerprintPart[] {
  return names.map((name) => {
    const [, kind = '', hash = ''] = /^([a-z]+)(\d+)$/.exec(name) ?? [];
    return { kind: kind as FingerprintKind, hash }; // the names are this test's own
  });
}

const WHOLE = parts('machine1', 'board1', 'disk1', 'disk2', 'nic1');

describe('The fingerprints of a machine', () => {
  const changes: [string, FingerprintPart[], FingerprintPart[], boolean | undefined][] = [
    ['nothing new', WHOLE, [...WHOLE].reverse(), undefined],
    ['nothing known before', [], WHOLE, undefined],
    ['nothing known any more', WHOLE, [], undefined],
    ['a disk in place of another', WHOLE, parts('machine1', 'board1', 'disk1', 'disk3', 'nic1'), false],
    ['a disk more', WHOLE, [...WHOLE, ...parts('disk3')], false],
    ['a new system', WHOLE, parts('machine2', 'board1', 'disk1', 'disk2', 'nic1'), false],
    ['another board', WHOLE, parts('machine1', 'board2', 'disk1', 'disk2', 'nic1'), true],
    ['a board that cannot be read any more', WHOLE, parts('machine1', 'disk1', 'disk2', 'nic1'), false],
    ['disks moved to another machine', parts('board1', 'nic1', 'disk1'), parts('board1', 'nic2', 'disk2'), true],
  ];
  for (const [what, before, after, isOther] of changes)
    it(`tell ${what}`, () => {
      expect(compareFingerprints(before, after)?.isOther).to.equal(isOther);
    });

  it('tell what is gone and what is new', () => {
    const change = compareFingerprints(WHOLE, parts('machine1', 'board1', 'disk1', 'disk3', 'nic1', 'gpu1'));
    expect([partsText(change?.gone ?? []), partsText(change?.come ?? [])]).to.deep.equal(['1 disk', '1 disk, 1 gpu']);
  });

  const pairs: [string, FingerprintPart[], FingerprintPart[], boolean][] = [
    ['a cloned image', parts('machine1', 'board1'), parts('machine1', 'board2'), false],
    ['one agent beside another', WHOLE, WHOLE, true],
    ['a board and a card', parts('board1', 'nic1', 'disk1'), parts('board1', 'nic1', 'disk2'), true],
    ['one serial number alone', parts('disk1', 'board1'), parts('disk1', 'board2'), false],
    ['one GPU', parts('gpu1', 'board1'), parts('gpu1', 'board2'), true],
    ['one number for parts of two kinds', parts('disk1', 'nic2'), parts('nic1', 'disk2'), false],
    ['nothing known', [], [], false],
  ];
  for (const [what, a, b, expected] of pairs)
    it(`tell whether two hosts with ${what} are one machine`, () => {
      expect([isOneMachine(a, b), isOneMachine(b, a)]).to.deep.equal([expected, expected]);
    });
});
