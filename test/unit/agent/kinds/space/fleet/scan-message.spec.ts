import { expect } from 'chai';
import { judge } from '../../../../../../agent/kinds/space/fleet/fleet-prover.js';
import {
  encodeScanAnswer,
  encodeScanRequest,
  readScanAnswer,
  readScanRequest,
} from '../../../../../../agent/kinds/space/fleet/scan-message.js';
import { openMinerKey } from '../../../../../../agent/kinds/space/format/miner-key.js';
import { hurriedRequest, MOST_SCAN_LINE } from '../../../../../../common/model/space-head.js';
import { foundIn } from '../../../../../support/space/found-in.js';
import { thrownFault } from '../../../../../support/space/thrown-fault.js';

const key = openMinerKey(Buffer.alloc(32, 7));
const other = openMinerKey(Buffer.alloc(32, 8));
const challenge = Buffer.alloc(32, 3);
const request = { challenge, epoch: 41n };
const DEADLINE_MS = 1000;
const disks = [{ disk: '/plots/0', plots: 2, tookMs: 5, end: 'whole' as const }];
const counts = { answered: 1, plots: 2, tookMs: 5, disks, plotMs: new Map([['/plots/0/a.plot', 4]]) };

/** The answer of a host with these plots. */
const answerOf = (host: string, plots: readonly string[]) => ({
  host,
  line: encodeScanAnswer({ found: foundIn(plots, challenge), ...counts }),
});

describe('what a space miner and its hosts say to each other', () => {
  it('is a request that its miner alone can make', () => {
    const line = encodeScanRequest(request, key);
    expect(readScanRequest(line, key.minerId)).to.deep.equal(request);
    const late = hurriedRequest(line, 250);
    expect(readScanRequest(late, key.minerId)).to.deep.equal({ ...request, leftMs: 250 });
    const fields = JSON.parse(line) as Record<string, unknown>;
    for (const change of [
      { challenge: '00'.repeat(32) },
      { epoch: '42' },
      { epoch: '9999999999999999999' },
      { signature: '00'.repeat(64) },
      { more: 1 },
      { leftMs: -1 },
    ]) {
      const forged = JSON.stringify({ ...fields, ...change });
      expect(thrownFault(() => readScanRequest(forged, key.minerId)).reason, forged).to.equal('space_scan_refused');
    }
    for (const text of ['', 'null', '{}', 'x'.repeat(70_000)])
      expect(thrownFault(() => readScanRequest(text, key.minerId)).reason).to.equal('space_scan_refused');
    expect(thrownFault(() => readScanRequest(line, other.minerId)).reason).to.equal('space_scan_refused');
  });

  it('is an answer with a proof or without one', () => {
    for (const found of [undefined, foundIn(['dev-16'], challenge)]) {
      const read = readScanAnswer(encodeScanAnswer({ found, ...counts }));
      expect(read).to.deep.equal({
        ...counts,
        found: found && { proof: found.proof, plotRoot: found.plotRoot, score: found.score },
      });
    }
    // As from a scanner of before, which says less; and from one with more than a line has room for.
    const { disks: _disks, plotMs: _plotMs, ...few } = counts;
    const old = readScanAnswer(JSON.stringify({ found: null, ...few }));
    expect(old).to.deep.equal({ ...few, found: undefined, disks: [], plotMs: new Map() });
    const many = new Map(
      Array.from({ length: 9000 }, (_, at) => [`/plots/0/${'x'.repeat(120)}${String(at)}`, at + 0.4]),
    );
    const line = encodeScanAnswer({ ...counts, found: undefined, plotMs: many });
    expect(line.length).to.be.lessThan(MOST_SCAN_LINE);
    const { plotMs } = readScanAnswer(line);
    expect([plotMs.size, Math.max(...plotMs.values())]).to.deep.equal([256, 8999]);
    for (const text of ['', '{}', '{"found":{"proof":"","plotRoot":"","score":""},"answered":0,"plots":0,"tookMs":0}'])
      expect(() => readScanAnswer(text)).to.throw();
  });
});

describe('the best of what hosts answer', () => {
  it('is the lowest score of all, of equals that of the first host', () => {
    const [low, high] = ['dev-16', 'dev-27'].sort((a, b) =>
      Buffer.compare(foundIn([a], challenge).score, foundIn([b], challenge).score),
    );
    if (low === undefined || high === undefined) throw new Error('no plots');
    for (const order of [
      [low, high],
      [high, low],
    ]) {
      const { found, faults } = judge(
        order.map((plot) => answerOf(plot, [plot])),
        challenge,
        DEADLINE_MS,
      );
      expect([found?.score, faults]).to.deep.equal([foundIn([low], challenge).score, []]);
    }
    expect(judge([], challenge, DEADLINE_MS)).to.deep.equal({ found: undefined, faults: [], scans: new Map() });
    const empty = { host: 'a', line: encodeScanAnswer({ found: undefined, ...counts }) };
    expect(judge([empty, answerOf('b', [high])], challenge, DEADLINE_MS).found?.score).to.deep.equal(
      foundIn([high], challenge).score,
    );
  });

  it('is never one that does not hold: who claims it is named, and the next best is taken', () => {
    const good = foundIn(['dev-16'], challenge);
    const forged = [
      { ...good, score: Buffer.alloc(32) },
      { ...good, plotRoot: Buffer.alloc(32, 9) },
      foundIn(['dev-27'], Buffer.alloc(32, 4)),
    ];
    const lines = forged.map((found, at) => ({
      host: `bad-${String(at)}`,
      line: encodeScanAnswer({ found, ...counts }),
    }));
    const { found, faults, scans } = judge(
      [...lines, { host: 'torn', line: '{"found":' }, answerOf('good', ['dev-16'])],
      challenge,
      DEADLINE_MS,
    );
    expect(scans.get('good')).to.deep.equal({ ...counts, deadlineMs: DEADLINE_MS });
    expect(found?.score).to.deep.equal(good.score);
    expect(faults.map(({ host }) => host)).to.deep.equal(['bad-0', 'bad-1', 'bad-2', 'torn']);
  });
});
