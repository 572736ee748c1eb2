import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../../common/model/clock.js';
import type { ReasonCode } from '../../../../common/model/reason.js';
import type { ResourceRequest } from '../../../../common/model/miner.js';
import { tryInTurn } from './in-turn.js';
import type { Try } from './in-turn.js';
import { limitsDiffer, readLimits, unread } from './limits.js';
import { logIn } from './log-in.js';
import type { LoginOutcome, LoginStep, ProbeKey } from './log-in.js';

/** A lease that is to be tried. */
export interface SshTarget {
  /** Its one host key, as SSH sends it. */
  readonly hostKey: Uint8Array;
  /** At which its host may be reached. */
  readonly addresses: readonly string[];
  /** Of SSH, on the host. */
  readonly hostPort: number;
  readonly rented: ResourceRequest;
  /** Whether it has been ready: since then its tenant may have changed all that is inside. */
  readonly wasReady: boolean;
  /** Opens the way through its host's agent. */
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
}

/** What was found. */
export interface SshVerdict {
  readonly passed: boolean;
  readonly reason: ReasonCode;
  readonly text: string;
}

/** What it works with. */
export interface SshProberParts {
  readonly key: ProbeKey;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** How long a port may take to answer, in milliseconds. */
const CONNECT_MS = 3_000;
/** Of a host's addresses that are tried. */
const MOST_ADDRESSES = 4;

const REASONS: Readonly<Record<LoginStep, ReasonCode>> = {
  banner: 'lease_no_ssh',
  key_exchange: 'lease_no_ssh',
  login: 'lease_login_refused',
  command: 'lease_probe_unread',
};

/**
 * Tries a lease by its tenant's way: an address of its host, or, where none answers, its agent's tunnel; then SSH with the lease's
 * own host key, a login, and the limits that are read inside. Never rejects.
 */
export async function probeBySsh(target: SshTarget, parts: SshProberParts, signal: AbortSignal): Promise<SshVerdict> {
  const tries = target.addresses
    .slice(0, MOST_ADDRESSES)
    .map((address): Try<SshVerdict | undefined> => async (onReached, over) => {
      const either = AbortSignal.any([signal, over]);
      const socket = await reach(address, target.hostPort, either);
      if (socket === undefined) return undefined;
      onReached();
      const outcome = await logIn(socket, { ...parts, hostKey: target.hostKey }, either);
      return judgeLogin(outcome, target, `${address} port ${String(target.hostPort)}`);
    });
  const found = await tryInTurn(tries, (one) => one?.passed === true, parts.clock);
  const verdicts = found.filter((verdict) => verdict !== undefined);
  return verdicts.find(({ passed }) => passed) ?? verdicts[0] ?? (await probeByTunnel(target, parts, signal));
}

/** Whether something answers at a port. Never rejects. */
export async function isOpen(address: string, port: number, signal: AbortSignal): Promise<boolean> {
  const socket = await reach(address, port, signal);
  socket?.destroy();
  return socket !== undefined;
}

/** Judges a login. Pure. */
function judgeLogin(outcome: LoginOutcome, target: Pick<SshTarget, 'rented' | 'wasReady'>, where: string): SshVerdict {
  switch (outcome.kind) {
    case 'other_host_key':
      return verdict('lease_host_key_wrong', `At ${where} another host key answers than the lease's.`);
    case 'failed':
      return judgeFailure(outcome, target.wasReady, where);
    case 'answered':
      return judgeOutput(outcome.output, target, where);
  }
}

/** Who has the lease's host key is the lease: what its tenant, who is root there, has made of the rest is the tenant's. */
function judgeFailure(
  { at, text }: Extract<LoginOutcome, { kind: 'failed' }>,
  wasReady: boolean,
  where: string,
): SshVerdict {
  if (wasReady && (at === 'login' || at === 'command'))
    return passed(`${where}; the lease's host key answers, but its tenant lets no probe in any more (${text})`);
  return verdict(REASONS[at], `At ${where}: ${text}.`);
}

function judgeOutput(
  output: string,
  { rented, wasReady }: Pick<SshTarget, 'rented' | 'wasReady'>,
  where: string,
): SshVerdict {
  const read = readLimits(output);
  if (read === undefined)
    return wasReady
      ? passed(`${where}; its limits could not be read any more`)
      : verdict('lease_probe_unread', `At ${where} the probe's command printed nothing that could be read.`);
  const differing = limitsDiffer(read, rented);
  if (differing.length > 0) return verdict('lease_limits_differ', `Inside there are ${differing.join(', ')}.`);
  const missing = unread(read);
  return passed(missing.length === 0 ? where : `${where}; not readable inside: ${missing.join(', ')}`);
}

async function probeByTunnel(target: SshTarget, parts: SshProberParts, signal: AbortSignal): Promise<SshVerdict> {
  const { addresses, hostPort, hostKey, dial } = target;
  const shown = addresses.slice(0, MOST_ADDRESSES).join(', ');
  const silent = shown === '' ? 'its host has no address' : `port ${String(hostPort)} does not answer at ${shown}`;
  try {
    const outcome = await logIn(await dial(signal), { ...parts, hostKey }, signal);
    const through = judgeLogin(outcome, target, "the host's tunnel");
    if (!through.passed) return through;
    return { ...through, reason: 'lease_reached_by_tunnel', text: `${through.text} From outside ${silent}.` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (shown !== '')
      return verdict('lease_port_unreachable', `It cannot be reached: ${silent}, nor through its agent: ${why}.`);
    return verdict('lease_tunnel_failed', `It cannot be reached: ${silent}, and through its agent: ${why}.`);
  }
}

async function reach(host: string, port: number, signal: AbortSignal): Promise<Duplex | undefined> {
  const socket = connect({ host, port, noDelay: true });
  // Whoever takes it over hears of later ones.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) });
    return socket;
  } catch {
    socket.destroy();
    return undefined; // refused or silent, which is all that matters
  }
}

function passed(where: string): SshVerdict {
  return { passed: true, reason: 'lease_probe_passed', text: `Reached at ${where}.` };
}

function verdict(reason: ReasonCode, text: string): SshVerdict {
  return { passed: false, reason, text };
}
