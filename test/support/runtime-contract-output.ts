import { expect } from 'chai';
import { shellScript } from './build-assignment.js';
import { collect, PLAIN_EXEC } from './runtime-fixture.js';
import type { RuntimeFixture } from './runtime-fixture.js';
import { waitFor } from './wait-for.js';

/** What a runtime promises of logs and of commands run beside an instance. */
export function describeOutput(fixture: () => RuntimeFixture): void {
  it('tells an instance who it is', async () => {
    const f = fixture();
    const { serial } = await f.started({
      container: { ...shellScript('env'), env: { COLOUR: 'green', HEADFRAME_MINER: 'forged' } },
    });
    await f.ended(serial);
    expect((await f.log(serial)).stdout.split('\n')).to.include.members([
      'COLOUR=green',
      'HEADFRAME_MINER=test-miner',
      `HEADFRAME_INSTANCE=test-miner-${String(serial)}`,
      `HEADFRAME_HOST=${f.hostId}`,
    ]);
  });

  it('tells the log streams apart and reads only the end when asked', async () => {
    const f = fixture();
    const { serial } = await f.started({ container: shellScript('echo one; echo two; echo oops >&2') });
    await f.ended(serial);
    expect(await f.log(serial)).to.deep.equal({ stdout: 'one\ntwo\n', stderr: 'oops\n' });
    const all = await f.log(serial, { tail: 1 });
    expect(['', 'two\n']).to.include(all.stdout);
  });

  it('follows a log until the instance ends', async () => {
    const f = fixture();
    const { serial } = await f.started({ container: shellScript('echo one; sleep 0.5; echo two') });
    expect(await f.log(serial, { follow: true })).to.deep.equal({ stdout: 'one\ntwo\n', stderr: '' });
  });

  it('ends a followed log with the signal, without an error', async () => {
    const f = fixture();
    const { serial } = await f.started({ container: shellScript('echo one; sleep 1000') });
    const stop = new AbortController();
    const query = { follow: true, tail: undefined, sinceMs: 0, timestamps: false };
    let text = '';
    for await (const chunk of f.runtime.logs(serial, query, stop.signal)) {
      text += Buffer.from(chunk.data).toString();
      stop.abort();
    }
    expect(text).to.equal('one\n');
  });

  it('hands over a long log whole', async () => {
    const f = fixture();
    const { serial } = await f.started({
      container: shellScript('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done'),
    });
    await f.ended(serial);
    const lines = (await f.log(serial)).stdout.split('\n');
    expect([lines.length, lines[0], lines[19_999]]).to.deep.equal([20_001, 'line 0', 'line 19999']);
  });

  it('runs a command beside the instance and gives its output and exit code', async () => {
    const f = fixture();
    const { serial } = await f.started();
    const request = { ...PLAIN_EXEC, command: ['sh', '-c', 'echo out; echo err >&2; exit 5'] };
    const session = await f.runtime.exec(serial, request, f.signal);
    expect(await collect(session.output)).to.deep.equal({ stdout: 'out\n', stderr: 'err\n' });
    expect(await session.exitCode()).to.equal(5);
  });

  it('feeds the input of a command until its end', async () => {
    const f = fixture();
    const { serial } = await f.started();
    const session = await f.runtime.exec(serial, { ...PLAIN_EXEC, stdin: true, command: ['cat'] }, f.signal);
    await session.write(Buffer.from('hello '));
    await session.write(Buffer.from('there'));
    session.end();
    expect((await collect(session.output)).stdout).to.equal('hello there');
    expect(await session.exitCode()).to.equal(0);
  });

  it('kills a command that its caller gives up', async () => {
    const f = fixture();
    const { serial } = await f.started();
    const giveUp = new AbortController();
    const session = await f.runtime.exec(serial, { ...PLAIN_EXEC, command: ['sleep', '77712'] }, giveUp.signal);
    giveUp.abort();
    await waitFor('the end of the command', async () => {
      const ps = await f.runtime.exec(serial, { ...PLAIN_EXEC, command: ['sh', '-c', LIST_SLEEPERS] }, f.signal);
      return (await collect(ps.output)).stdout === '';
    });
    expect(session).to.have.property('output');
  });
}

/** Prints the ids of processes that run `sleep 77712`; a zombie has no command line left. */
const LIST_SLEEPERS =
  'for p in /proc/[0-9]*; do c=$(tr "\\0" " " < $p/cmdline 2>/dev/null); [ "$c" = "sleep 77712 " ] && echo $p; done; :';
