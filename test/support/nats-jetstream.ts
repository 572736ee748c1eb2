import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './free-port.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

/** A NATS server of the test's own that keeps streams. */
export interface JetStreamServer extends AsyncDisposable {
  readonly url: string;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Starts it again over what it had written. */
  restart(): Promise<void>;
}

/** Starts the server that this machine has, alone, over an empty folder. */
export async function startJetStream(): Promise<JetStreamServer> {
  const folder = await makeTempDir();
  const port = await freePort();
  const start = async () => {
    const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder.path];
    const child = spawn('nats-server', args, { stdio: 'ignore' });
    await waitFor('the NATS server', () => greets(port));
    return child;
  };
  let child = await start();
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    url: `nats://127.0.0.1:${String(port)}`,
    kill,
    restart: async () => {
      child = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (does: boolean): void => {
      socket.destroy();
      resolve(does);
    };
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
