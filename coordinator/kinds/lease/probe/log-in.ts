import type { Duplex } from 'node:stream';
import type { AgentAuthMethod, Client, ParsedKey, SignCallback } from 'ssh2';
import type { Clock } from '../../../../common/model/clock.js';
import { BoundedStream } from './bounded-stream.js';

/** The key that a probe logs in with. */
export interface ProbeKey {
  /** One line of OpenSSH. */
  publicKey(): Promise<string>;
  sign(content: Uint8Array): Promise<Buffer>;
}

/** How a login is tried. */
export interface LoginWish {
  /** The one host key that is the lease's, as SSH sends it. */
  readonly hostKey: Uint8Array;
  readonly key: ProbeKey;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** What a login has come to. */
export type LoginStep = 'banner' | 'key_exchange' | 'login' | 'command';

/** What came of it. */
export type LoginOutcome =
  | { readonly kind: 'answered'; readonly output: string }
  | { readonly kind: 'other_host_key' }
  | { readonly kind: 'failed'; readonly at: LoginStep; readonly text: string };

/** Each step has to be done within so many milliseconds, however much comes meanwhile. */
const WITHIN_MS: Readonly<Record<LoginStep, number>> = {
  banner: 5_000,
  key_exchange: 5_000,
  login: 5_000,
  command: 5_000,
};
const MOST_OUTPUT = 16 * 1024;
/** Quick ones, whose cost the server cannot choose; OpenSSH has had all of them since 6.5. */
const ALGORITHMS = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256'],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256'],
  compress: ['none'],
} as const;

/**
 * Logs in as root over a connection and gives what the key's one command prints. Takes the connection over, and closes it. Never
 * rejects: whatever the other side does is an outcome, and so is the end of the signal.
 */
export async function logIn(raw: Duplex, wish: LoginWish, signal: AbortSignal): Promise<LoginOutcome> {
  // Loaded with the first probe: most coordinators keep no leases, and it takes 12 MB.
  const { default: ssh } = await import('ssh2');
  const key = ssh.utils.parseKey(await wish.key.publicKey());
  if (key instanceof Error) throw key;
  const agent = new (class extends ssh.BaseAgent<ParsedKey> {
    getIdentities(done: (error: undefined, keys: ParsedKey[]) => void): void {
      done(undefined, [key]);
    }

    override sign(_key: ParsedKey, data: Buffer, options: unknown, given?: SignCallback): void {
      // The options may be left out.
      const done = (typeof options === 'function' ? options : given) as SignCallback;
      wish.key.sign(data).then(
        (signature) => {
          done(undefined, signature);
        },
        (error: unknown) => {
          done(error instanceof Error ? error : new Error(String(error)));
        },
      );
    }
  })();
  return new Login(new ssh.Client(), raw, wish, signal).outcome({ type: 'agent', username: 'root', agent });
}

class Login {
  readonly #client: Client;
  readonly #raw: Duplex;
  readonly #wish: LoginWish;
  readonly #signal: AbortSignal;
  #step: LoginStep = 'banner';
  #cancelTimer: () => void = () => undefined;
  #settle: (outcome: LoginOutcome) => void = () => undefined;

  constructor(client: Client, raw: Duplex, wish: LoginWish, signal: AbortSignal) {
    this.#client = client;
    this.#raw = raw;
    this.#wish = wish;
    this.#signal = signal;
  }

  async outcome(method: AgentAuthMethod): Promise<LoginOutcome> {
    const stop = (): void => {
      this.#fail('the probe was stopped');
    };
    this.#signal.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise((resolve) => {
        this.#settle = resolve;
        this.#begin('banner');
        if (this.#signal.aborted) stop();
        else this.#connect(method);
      });
    } finally {
      this.#cancelTimer();
      this.#signal.removeEventListener('abort', stop);
      // What it still says of its end nobody waits for.
      this.#client.removeAllListeners().on('error', () => undefined);
      this.#client.destroy();
      this.#raw.destroy();
    }
  }

  #connect(method: AgentAuthMethod): void {
    const sock = new BoundedStream(this.#raw, () => {
      this.#begin('key_exchange');
    });
    // Once is enough: the second time there is nothing else to offer.
    const methods = [method];
    this.#client
      .on('handshake', () => {
        // Keys may be exchanged anew later on.
        if (this.#step === 'key_exchange') this.#begin('login');
      })
      .on('ready', () => {
        this.#run();
      })
      .on('error', (error) => {
        this.#fail(error.message);
      })
      .on('close', () => {
        this.#fail('it closed the connection');
      })
      .connect({
        ...{ sock, username: 'root', readyTimeout: 0, keepaliveInterval: 0 },
        algorithms: { ...ALGORITHMS } as never, // its types want arrays that may be written
        authHandler: (_left, _partly, next) => {
          next(methods.shift() ?? (false as never)); // false is "nothing more", which its types leave out
        },
        hostVerifier: (key: Buffer) => {
          if (key.equals(this.#wish.hostKey)) return true;
          this.#settle({ kind: 'other_host_key' });
          return false;
        },
      });
  }

  #run(): void {
    this.#begin('command');
    // What is asked for does not matter: the key has one command.
    this.#client.exec('limits', (error, channel) => {
      if (error !== undefined) {
        this.#fail(error.message);
        return;
      }
      let output = '';
      channel.stderr.resume();
      channel.on('data', (data: Buffer) => {
        if (output.length < MOST_OUTPUT) output += data.toString('latin1');
      });
      channel.on('close', () => {
        this.#settle({ kind: 'answered', output: output.slice(0, MOST_OUTPUT) });
      });
    });
  }

  #begin(step: LoginStep): void {
    this.#step = step;
    this.#cancelTimer();
    this.#cancelTimer = this.#wish.clock.setTimer(() => {
      this.#fail(`nothing came of it within ${String(WITHIN_MS[step] / 1_000)} s`);
    }, WITHIN_MS[step]);
  }

  #fail(text: string): void {
    // What it says may be a stranger's words.
    this.#settle({ kind: 'failed', at: this.#step, text: text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200) });
  }
}
