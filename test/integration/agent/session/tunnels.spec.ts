import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { TunnelServer } from '../../../../agent/session/tunnel-server.js';
import type { ExecRequest, ExecSession, LogQuery, OutputChunk } from '../../../../agent/runtime/runtime.js';
import { AgentService } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { TunnelOrder } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { PlotsOrderSchema } from '../../../../common/gen/headframe/v1/plot_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { Channel, createClient } from '../../../../common/rpc/index.js';
import { FakeCoordinator } from '../../../support/fake-coordinator.js';
import type { FakeTunnelEnd } from '../../../support/fake-coordinator.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { waitFor } from '../../../support/wait-for.js';

/** Of an answer of several pieces. */
const PLOTS_BYTES = 600_000;

/** A runtime whose logs are two lines and then silence, and whose commands echo their input until it ends. */
class Outputs {
  /** What is read or run now. */
  open = 0;
  queries: LogQuery[] = [];
  requests: ExecRequest[] = [];
  sizes: string[] = [];
  /** Why commands take no input. */
  deaf: Error | undefined;
  failure: HeadframeError | undefined;
  writes = 0;
  readonly #ends = new Set<() => void>();

  /** All commands end by themselves. */
  endCommands(): void {
    for (const end of this.#ends) end();
  }

  async *logs(_serial: number, query: LogQuery, signal: AbortSignal): AsyncIterable<OutputChunk> {
    if (this.failure) throw this.failure;
    this.queries.push(query);
    this.open += 1;
    try {
      for (const line of ['one\n', 'two\n']) yield { stream: 'stdout', data: Buffer.from(line) };
      if (query.follow) await aborted(signal);
    } finally {
      this.open -= 1;
    }
  }

  async exec(_serial: number, request: ExecRequest, signal: AbortSignal): Promise<ExecSession> {
    if (this.failure) throw this.failure;
    this.requests.push(request);
    const input: Uint8Array[] = [];
    let ended = false;
    let wake: () => void = () => undefined;
    const { deaf, sizes } = this;
    const leave = (): void => {
      this.open -= 1;
    };
    this.open += 1;
    async function* echo(): AsyncIterable<OutputChunk> {
      try {
        while (!signal.aborted) {
          const data = input.shift();
          if (data) yield { stream: 'stderr', data };
          else if (ended) return;
          else await Promise.race([new Promise<void>((resolve) => (wake = resolve)), aborted(signal)]);
        }
      } finally {
        leave();
      }
    }
    const end = (): void => {
      ended = true;
      wake();
    };
    this.#ends.add(end);
    return Promise.resolve({
      output: echo(),
      write: (data) => {
        this.writes += 1;
        if (deaf) return Promise.reject(deaf);
        input.push(data);
        wake();
        return Promise.resolve();
      },
      end,
      resize: (columns, rows) => {
        sizes.push(`${String(columns)}x${String(rows)}`);
        return deaf ? Promise.reject(deaf) : Promise.resolve();
      },
      exitCode: () => Promise.resolve(7),
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
    if (signal.aborted) resolve();
  });
}

function logsOrder(tunnelId: string, follow = false): TunnelOrder {
  const value = {
    $typeName: 'headframe.v1.LogsOrder',
    serial: 7n,
    follow,
    sinceMs: 0n,
    timestamps: false,
    buildOf: '',
  } as const;
  return { $typeName: 'headframe.v1.TunnelOrder', tunnelId, purpose: { case: 'logs', value } };
}

function execOrder(tunnelId: string): TunnelOrder {
  const size = { columns: 80, rows: 24 };
  const what = { serial: 7n, command: ['cat'], tty: false, stdin: true };
  const value = { $typeName: 'headframe.v1.ExecOrder' as const, ...what, ...size };
  return { $typeName: 'headframe.v1.TunnelOrder', tunnelId, purpose: { case: 'exec', value } };
}

function dialOrder(tunnelId: string): TunnelOrder {
  const value = { $typeName: 'headframe.v1.DialOrder', serial: 7n, containerPort: 22 } as const;
  return { $typeName: 'headframe.v1.TunnelOrder', tunnelId, purpose: { case: 'dial', value } };
}

interface Bench {
  readonly coordinator: FakeCoordinator;
  readonly outputs: Outputs;
  readonly tunnels: TunnelServer;
  readonly clock: ManualClock;
}

async function withTunnels(use: (bench: Bench) => Promise<void>): Promise<void> {
  const coordinator = await FakeCoordinator.open();
  const channel = new Channel({
    address: coordinator.address,
    security: { kind: 'plaintext' },
    clock: systemClock,
  });
  const [outputs, clock] = [new Outputs(), new ManualClock()];
  const client = createClient(AgentService, channel);
  // As deaf as the commands, or not.
  const dial = (serial: number, _port: number, signal: AbortSignal): Promise<ExecSession> =>
    outputs.exec(serial, { command: [], tty: false, stdin: true, columns: 0, rows: 0 }, signal);
  const challenges = { serve: () => Promise.reject(new Error('nothing is proven here')) };
  const plots = () => Promise.resolve(Buffer.alloc(PLOTS_BYTES, 7));
  const parts = { client, hostId: 'host-1', runtime: outputs, dial, challenges, plots, clock, logger: silentLogger };
  const tunnels = new TunnelServer(parts);
  try {
    await use({ coordinator, outputs, tunnels, clock });
    await tunnels.close();
    expect([outputs.open, clock.pendingTimers]).to.deep.equal([0, 0]);
  } finally {
    channel.close();
    await coordinator.close();
  }
}

const last = (tunnel: FakeTunnelEnd): string | undefined => tunnel.received.at(-1)?.case;

function text(tunnel: FakeTunnelEnd): string {
  return tunnel.received
    .map((message) => (message.case === 'data' ? Buffer.from(message.value.data).toString() : ''))
    .join('');
}

describe('TunnelServer', () => {
  it('tells the logs and their end', () =>
    withTunnels(async ({ coordinator, outputs, tunnels }) => {
      tunnels.open(logsOrder('a'));
      const tunnel = await coordinator.tunnel('a');
      await waitFor('the end', () => last(tunnel) === 'exit');
      expect(text(tunnel)).to.equal('one\ntwo\n');
      expect(outputs.queries).to.deep.equal([{ follow: false, tail: undefined, sinceMs: 0, timestamps: false }]);
      tunnel.hangUp();
    }));

  it('lets go of the logs when the coordinator hangs up', () =>
    withTunnels(async ({ coordinator, outputs, tunnels }) => {
      tunnels.open(logsOrder('a', true));
      const tunnel = await coordinator.tunnel('a');
      await waitFor('the lines', () => text(tunnel) === 'one\ntwo\n');
      expect(outputs.open).to.equal(1);
      tunnel.hangUp();
      await waitFor('the end', () => outputs.open === 0);
    }));

  it('runs a command with its input and tells its exit code', () =>
    withTunnels(async ({ coordinator, outputs, tunnels }) => {
      tunnels.open(execOrder('a'));
      const tunnel = await coordinator.tunnel('a');
      await tunnel.send({ case: 'stdin', value: Buffer.from('hello') });
      await tunnel.send({ case: 'resize', value: { $typeName: 'headframe.v1.TerminalSize', columns: 9, rows: 8 } });
      await tunnel.send({ case: 'stdinEnd', value: true });
      await waitFor('the end', () => last(tunnel) === 'exit');
      expect(text(tunnel)).to.equal('hello');
      expect(tunnel.received.at(-1)?.value).to.include({ code: 7 });
      expect(outputs.sizes).to.deep.equal(['9x8']);
      tunnel.hangUp();
    }));

  it('carries a connection both ways, and tells the end of one way before the end of both', () =>
    withTunnels(async ({ coordinator, tunnels }) => {
      tunnels.open(dialOrder('a'));
      const tunnel = await coordinator.tunnel('a');
      await tunnel.send({ case: 'stdin', value: Buffer.from('hello') });
      await waitFor('the echo', () => text(tunnel) === 'hello');
      await tunnel.send({ case: 'stdinEnd', value: true });
      await waitFor('the end', () => last(tunnel) === 'exit');
      const [data, end] = tunnel.received.map(({ value }) => value);
      expect(data).to.deep.include({ data: new Uint8Array(Buffer.from('hello')) });
      expect(end).to.deep.include({ data: new Uint8Array() });
      tunnel.hangUp();
    }));

  it('answers about plots in pieces that a message can carry', () =>
    withTunnels(async ({ coordinator, tunnels }) => {
      const value = create(PlotsOrderSchema, { order: { case: 'list', value: {} } });
      tunnels.open({ $typeName: 'headframe.v1.TunnelOrder', tunnelId: 'a', purpose: { case: 'plots', value } });
      const tunnel = await coordinator.tunnel('a');
      await waitFor('the end', () => last(tunnel) === 'exit');
      expect(tunnel.received.length).to.be.greaterThan(3);
      expect(text(tunnel)).to.have.length(PLOTS_BYTES);
      tunnel.hangUp();
    }));

  it('ends a command when the coordinator hangs up', () =>
    withTunnels(async ({ coordinator, outputs, tunnels }) => {
      tunnels.open(execOrder('a'));
      const tunnel = await coordinator.tunnel('a');
      await waitFor('the command', () => outputs.open === 1);
      tunnel.hangUp();
      await waitFor('the end', () => outputs.open === 0);
    }));

  it('tells the exit code also of a command that takes no input and no size', () =>
    withTunnels(async ({ coordinator, outputs, tunnels }) => {
      outputs.deaf = new Error('EPIPE');
      tunnels.open(execOrder('a'));
      const tunnel = await coordinator.tunnel('a');
      await tunnel.send({ case: 'resize', value: { $typeName: 'headframe.v1.TerminalSize', columns: 9, rows: 8 } });
      await tunnel.send({ case: 'stdin', value: Buffer.from('hello') });
      await waitFor('both', () => outputs.sizes.length === 1 && outputs.writes === 1);
      outputs.endCommands();
      await waitFor('the end', () => last(tunnel) === 'exit');
      expect(tunnel.received.at(-1)?.value).to.include({ code: 7 });
      tunnel.hangUp();
    }));

  it('tells why something could not be done', () =>
    withTunnels(async ({ coordinator, outputs, tunnels }) => {
      outputs.failure = new HeadframeError({ code: 'not_found', reason: 'container_gone', message: 'gone' });
      tunnels.open(logsOrder('a'));
      const tunnel = await coordinator.tunnel('a');
      await waitFor('the failure', () => last(tunnel) === 'failure');
      expect(tunnel.received.at(-1)?.value).to.include({ reason: 'container_gone' });
      tunnel.hangUp();
    }));

  it('refuses what is too much with a reason, and serves again when there is room', () =>
    withTunnels(async ({ coordinator, outputs, tunnels }) => {
      for (let index = 0; index < 256; index += 1) tunnels.open(logsOrder(`t${String(index)}`, true));
      await waitFor('all', () => outputs.open === 256);
      tunnels.open(logsOrder('more', true));
      const refused = await coordinator.tunnel('more');
      await waitFor('the refusal', () => last(refused) === 'failure');
      expect(refused.received.at(-1)?.value).to.include({ reason: 'too_many_tunnels' });
      (await coordinator.tunnel('t0')).hangUp();
      await waitFor('room', () => outputs.open === 255);
      tunnels.open(logsOrder('again', true));
      await waitFor('the lines', async () => text(await coordinator.tunnel('again')) !== '');
    }));

  it('does not wait for ever for a coordinator that keeps a tunnel open after its end', () =>
    withTunnels(async ({ coordinator, tunnels, clock }) => {
      tunnels.open(logsOrder('a'));
      const tunnel = await coordinator.tunnel('a');
      await waitFor('the end', () => last(tunnel) === 'exit');
      await waitFor('the timer', () => clock.pendingTimers === 1);
      clock.advance(10_000);
      await waitFor('the cancellation', () => clock.pendingTimers === 0);
      await tunnels.close();
    }));

  it('ends all that it serves when it is closed', () =>
    withTunnels(async ({ coordinator, outputs, tunnels }) => {
      tunnels.open(logsOrder('a', true));
      tunnels.open(execOrder('b'));
      await coordinator.tunnel('a');
      await waitFor('both', () => outputs.open === 2);
      await tunnels.close();
      expect(outputs.open).to.equal(0);
    }));
});
