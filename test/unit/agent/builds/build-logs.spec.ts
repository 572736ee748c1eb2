import { expect } from 'chai';
import { BuildLogs } from '../../../../agent/builds/build-logs.js';
import { expectReason } from '../../../support/expect-reason.js';

const NEVER = new AbortController().signal;

async function textOf(logs: BuildLogs, image: string, follow = false, signal = NEVER): Promise<string> {
  let text = '';
  for await (const { data } of logs.read(image, follow, signal)) text += Buffer.from(data).toString();
  return text;
}

describe('what the builds of a host said', () => {
  it('is read from the beginning, at once or to the end of the build', async () => {
    const logs = new BuildLogs();
    const build = logs.begin('model:1');
    build.line('Step 1');
    expect(await textOf(logs, 'model:1')).to.equal('Step 1\n');
    const followed = textOf(logs, 'model:1', true);
    build.line('Step 2');
    await Promise.resolve();
    build.line('Step 3');
    build.end();
    expect(await followed).to.equal('Step 1\nStep 2\nStep 3\n');
    expect(await textOf(logs, 'model:1', true)).to.equal('Step 1\nStep 2\nStep 3\n');
    logs.begin('model:1').line('again');
    expect(await textOf(logs, 'model:1')).to.equal('again\n');
    await expectReason(textOf(logs, 'model:2'), 'build_log_unknown');
  });

  it('ends for whoever reads no more', async () => {
    const logs = new BuildLogs();
    logs.begin('model:1').line('Step 1');
    const over = new AbortController();
    const followed = textOf(logs, 'model:1', true, over.signal);
    await Promise.resolve();
    over.abort();
    expect(await followed).to.equal('Step 1\n');
  });

  it('is bounded: the first lines go, of a long line its end, and of many builds the oldest that are over', async () => {
    const logs = new BuildLogs();
    const long = logs.begin('long');
    for (let at = 0; at < 1000; at += 1) long.line(`${String(at)} ${'x'.repeat(1000)}`);
    long.line('y'.repeat(10_000));
    const text = await textOf(logs, 'long');
    expect(text.length).to.be.lessThan(300 * 1024);
    expect(text)
      .to.match(/^… \d{3} lines are not kept\n/)
      .and.to.contain(`\n999 ${'x'.repeat(1000)}\n`);
    expect(text.split('\n').at(-2)).to.have.length(4_000);
    for (let at = 0; at < 40; at += 1) logs.begin(`model:${String(at)}`).end();
    await expectReason(textOf(logs, 'model:20'), 'build_log_unknown');
    expect(await textOf(logs, 'model:39')).to.equal('');
    expect(await textOf(logs, 'long')).to.equal(text);
  });
});
