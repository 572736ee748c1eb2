import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { runProbe } from '../../../../agent/health/probe.js';
import type { ProbeTarget } from '../../../../agent/health/probe.js';
import type { ExecSession, OutputChunk, Runtime } from '../../../../agent/runtime/runtime.js';
import { HeadframeError } from '../../../../common/model/error.js';

const NO_RUNTIME: Pick<Runtime, 'exec'> = { exec: () => Promise.reject(new Error('not asked for')) };
const COMMAND = { kind: 'exec', command: ['true'] } as const;

function target(changes: Partial<ProbeTarget> = {}): ProbeTarget {
  return { serial: 1, address: '127.0.0.1', portOf: (port) => port, imageHealth: 'none', ...changes };
}

/** A command that prints and exits, or that never ends. */
function command(changes: Partial<ExecSession> = {}): Pick<Runtime, 'exec'> {
  const session: ExecSession = {
    output: output('not ready'),
    write: () => Promise.resolve(),
    end: () => undefined,
    resize: () => Promise.resolve(),
    exitCode: () => Promise.resolve(3),
    ...changes,
  };
  return { exec: () => Promise.resolve(session) };
}

async function* output(text: string): AsyncIterable<OutputChunk> {
  yield await Promise.resolve({ stream: 'stdout', data: Buffer.from(text) });
}

async function* endless(signal: AbortSignal): AsyncIterable<OutputChunk> {
  yield { stream: 'stdout', data: Buffer.from('waiting') };
  await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('broken off'));
    });
  });
}

describe('runProbe', () => {
  const { signal } = new AbortController();

  for (const probe of [{ kind: 'http', port: 0, path: '/' } as const, { kind: 'tcp', port: 0 } as const]) {
    it(`fails a check by ${probe.kind} of an instance without an address, and asks nobody else`, async () => {
      const server = createServer((_request, response) => response.end('not the instance'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        // With a TCP server `address` is its address and port.
        const { port } = server.address() as AddressInfo;
        const reachable = await runProbe({ ...probe, port }, target(), NO_RUNTIME, signal);
        expect(reachable.passed).to.equal(true);
        const unreachable = await runProbe({ ...probe, port }, target({ address: '' }), NO_RUNTIME, signal);
        expect(unreachable.passed).to.equal(false);
      } finally {
        server.close();
        server.closeAllConnections();
      }
    });
  }

  it("asks at the host's port where the instance shares the host's network", async () => {
    const asked: number[] = [];
    const portOf = (port: number): number => {
      asked.push(port);
      return 1;
    };
    expect((await runProbe({ kind: 'tcp', port: 80 }, target({ portOf }), NO_RUNTIME, signal)).passed).to.equal(false);
    expect(asked).to.deep.equal([80]);
  });

  it('takes the exit code and the first words of a command', async () => {
    expect(await runProbe(COMMAND, target(), command(), signal)).to.deep.equal({
      passed: false,
      detail: 'exit code 3: not ready',
    });
    const passing = command({ exitCode: () => Promise.resolve(0) });
    expect((await runProbe(COMMAND, target(), passing, signal)).passed).to.equal(true);
  });

  it('fails a command that does not end in time', async () => {
    const deadline = new AbortController();
    const checking = runProbe(COMMAND, target(), command({ output: endless(deadline.signal) }), deadline.signal);
    setImmediate(() => {
      deadline.abort();
    });
    expect((await checking).passed).to.equal(false);
  });

  it('says nothing of an instance when the engine is away', async () => {
    const away = new HeadframeError({ code: 'unavailable', reason: 'engine_unavailable', message: 'away' });
    const outcome = await runProbe(COMMAND, target(), { exec: () => Promise.reject(away) }, signal);
    expect(outcome.passed).to.equal(undefined);
  });

  it('says nothing of an instance when the engine does not come to run the command', async () => {
    const deadline = new AbortController();
    const exec = (): Promise<never> =>
      new Promise((_resolve, reject) => {
        deadline.signal.addEventListener('abort', () => {
          reject(new Error('broken off'));
        });
      });
    const checking = runProbe(COMMAND, target(), { exec }, deadline.signal);
    setImmediate(() => {
      deadline.abort();
    });
    expect((await checking).passed).to.equal(undefined);
  });

  for (const [imageHealth, passed] of [
    ['none', false],
    ['starting', undefined],
    ['healthy', true],
    ['unhealthy', false],
  ] as const) {
    it(`takes ${imageHealth} of the image's own check as ${String(passed)}`, async () => {
      const outcome = await runProbe({ kind: 'image' }, target({ imageHealth }), NO_RUNTIME, signal);
      expect(outcome.passed).to.equal(passed);
    });
  }
});
