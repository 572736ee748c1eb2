import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A machine that is reached by SSH, and by what it is known again. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** File of a private key without a passphrase, or with one that an agent of the operator's does not have to be asked for. */
  readonly keyFile: string;
  /** File in the form of OpenSSH's known_hosts, in which the machine's keys stand under `alias`. */
  readonly knownHostsFile: string;
  readonly alias: string;
  /** Whether a machine whose key is not known yet is believed, and its key kept. */
  readonly trustFirst: boolean;
}

/** What is run on a machine. */
export interface SshRun {
  /** A text that is always the same: what differs comes as input. */
  readonly command: string;
  readonly input: string | { readonly file: string };
  readonly timeoutMs: number;
  /** Hears whole lines of standard output as they come. */
  readonly onLine?: (line: string) => void;
}

/** How a command ended. */
export interface SshOutcome {
  /** 255 where SSH itself failed; undefined where a signal ended it. */
  readonly code: number | undefined;
  /** The last of each stream. */
  readonly stdout: string;
  readonly stderr: string;
  readonly isTooSlow: boolean;
}

/** Runs a command on a machine. Rejects where there is no SSH client here (ENOENT), and with the signal's reason. */
export type RunSsh = (target: SshTarget, run: SshRun, signal: AbortSignal) => Promise<SshOutcome>;

/** Where OpenSSH's client is. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Kept of each stream, in characters. */
const MOST_TEXT = 16 * 1024;

/** By the machine's own OpenSSH client, without a shell, a terminal, a question, or anybody's own settings of it. */
export const runSsh: RunSsh = async (target, run, signal) => {
  const ended = new AbortController();
  const tooSlow = AbortSignal.timeout(run.timeoutMs);
  const child = spawn('ssh', sshArguments(target, run.command), {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its messages are read: in English whatever the machine speaks.
    env: { PATH, HOME: '/nonexistent', LC_ALL: 'C' },
    signal: AbortSignal.any([signal, tooSlow]),
    killSignal: 'SIGKILL',
  });
  const over = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', (error) => {
      // Ended by its signal: its streams close as well.
      if (error.name !== 'AbortError') reject(error);
    });
    child.once('close', (code) => {
      resolve(code ?? undefined);
    });
  });
  const texts = [collect(child.stdout, run.onLine), collect(child.stderr)] as const;
  // Who does not read it has refused, and says so by how it ends.
  const fed = feed(child.stdin, run.input, ended.signal).catch(() => undefined);
  try {
    const code = await over;
    signal.throwIfAborted();
    const [stdout, stderr] = await Promise.all(texts);
    return { code, stdout, stderr, isTooSlow: tooSlow.aborted };
  } finally {
    ended.abort();
    await fed;
  }
};

/** The arguments of OpenSSH's client. Pure. */
export function sshArguments(target: SshTarget, command: string): string[] {
  const { host, port, user, keyFile, knownHostsFile, alias, trustFirst } = target;
  const options = {
    ...{ BatchMode: 'yes', PreferredAuthentications: 'publickey', IdentitiesOnly: 'yes', IdentityAgent: 'none' },
    ...{ StrictHostKeyChecking: trustFirst ? 'accept-new' : 'yes', UpdateHostKeys: 'no', CheckHostIP: 'no' },
    ...{ UserKnownHostsFile: knownHostsFile, GlobalKnownHostsFile: '/dev/null', HostKeyAlias: alias },
    ...{ IdentityFile: keyFile, ForwardAgent: 'no', ClearAllForwardings: 'yes', ControlPath: 'none' },
    ...{ ConnectTimeout: '15', ServerAliveInterval: '15', ServerAliveCountMax: '3', Port: String(port) },
  };
  const given = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['-F', '/dev/null', '-T', ...given, '-l', user, '--', host, command];
}

async function feed(stdin: Writable, input: SshRun['input'], signal: AbortSignal): Promise<void> {
  if (typeof input === 'string') stdin.end(input);
  else await pipeline(createReadStream(input.file), stdin, { signal });
}

/** The end of a stream as text, and its lines one by one. */
async function collect(stream: Readable, onLine?: (line: string) => void): Promise<string> {
  let text = '';
  let line = '';
  stream.setEncoding('utf8');
  try {
    for await (const read of stream) {
      // With an encoding set they are texts.
      const chunk = String(read);
      text = (text + chunk).slice(-MOST_TEXT);
      if (onLine === undefined) continue;
      const lines = (line + chunk).split('\n');
      line = (lines.pop() ?? '').slice(0, MOST_TEXT);
      lines.forEach(onLine);
    }
  } catch {
    // Cut off with its process, which tells how that ended.
  }
  return text;
}
