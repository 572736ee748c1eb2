import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { modelScoresField } from '../../../../../common/config/model-scores-config.js';
import { silentLogger } from '../../../../../common/observe/logger.js';
import { ScoreLoop } from '../../../../../coordinator/kinds/model/scores/loop.js';
import { openModelScores } from '../../../../../coordinator/kinds/model/scores/open-scores.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

describe('the settings of scores', () => {
  const wrongIn = (settings: object): string[] =>
    modelScoresField.safeParse(settings).error?.issues.map(({ path }) => path.join('.')) ?? [];
  const parts = () => {
    const { fleet, clock } = at;
    const reach = { connect: () => Promise.reject(new Error('nobody')) };
    return { fleet, clock, logger: silentLogger, isBraked: () => false, newId: () => '', reach };
  };
  let at: FleetFixture;
  beforeEach(async () => {
    at = await openFleetFixture();
  });

  it('ask models unless told otherwise', async () => {
    expect((await openModelScores(modelScoresField.parse({}), parts())).scoring).to.be.instanceOf(ScoreLoop);
    const off = await openModelScores(modelScoresField.parse({ enabled: false, fast: '2s' }), parts());
    expect(off).to.deep.equal({ scoring: undefined, modelFastMs: 2_000 });
  });

  it('send a key over TLS or on the loopback alone', () => {
    const key = { keyFile: '/k' };
    expect(wrongIn({ llm: { url: 'http://judge.example/v1', ...key } })).to.deep.equal(['llm.url']);
    for (const url of ['https://judge.example/v1', 'http://127.0.0.1:1/v1', 'http://[::1]:1/', 'http://localhost/'])
      expect(wrongIn({ llm: { url, ...key } }), url).to.deep.equal([]);
    for (const url of ['ftp://x/', 'https://a:b@x/', 'https://x/?key=1', 'x'])
      expect(wrongIn({ embedding: { url } }), url).to.include('embedding.url');
    expect(wrongIn({ embedding: key })).to.deep.equal(['embedding.keyFile']);
    expect(wrongIn({ fast: '40s' })).to.deep.equal(['fast']);
  });

  it('refuse prompts that cannot be asked or judged', async () => {
    await using folder = await makeTempDir();
    const canariesFile = join(folder.path, 'canaries.yaml');
    const open = async (text: string, settings: object = {}) => {
      await writeFile(canariesFile, text);
      return openModelScores(modelScoresField.parse({ canariesFile, ...settings }), parts());
    };
    const one = (more: string): string => `canaries:\n  - {prompt: "Capital of France?", truth: Paris, ${more}}\n`;
    expect((await open(one('judge: words'))).scoring).to.be.instanceOf(ScoreLoop);
    const llm = { url: 'http://127.0.0.1:1/v1' };
    expect((await open(one('judge: llm, type: llm'), { llm })).scoring).to.be.instanceOf(ScoreLoop);
    for (const text of [
      '',
      'canaries: []',
      'x: 1',
      '][',
      one('judge: numeric'),
      one('judge: magic'),
      one('judge: llm'),
      one('judge: exact, x: 1'),
    ])
      await expectReason(open(text), 'canary_file_invalid');
    await expectReason(open(one('judge: llm'), { llm: { ...llm, keyFile: '/nonexistent' } }), 'canary_key_unreadable');
  });
});
