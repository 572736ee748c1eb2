import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadframeError } from '../../../common/model/error.js';
import { REASONS } from '../../../common/model/reason.js';
import type { RunCommand } from '../../host/command.js';
import { planFirewall } from './firewall.js';
import type { Family, FirewallWish } from './firewall.js';
import { planShaping } from './shaping.js';
import type { LeaseTraffic } from './traffic.js';

const COMMAND_MS = 15_000;
/** Seconds to wait for another program that changes the tables. */
const LOCK_WAIT_S = '10';
const PROGRAMS = {
  ipv4: { save: 'iptables-save', restore: 'iptables-restore' },
  ipv6: { save: 'ip6tables-save', restore: 'ip6tables-restore' },
} as const;

/** What the host's rules are kept with. */
export interface HostRulesParts {
  /** Folder for the file that is handed to the firewall. */
  readonly folder: string;
  readonly run: RunCommand;
}

/** Brings the host's firewall and queues to what its leases want; does nothing where they are so. */
export class HostRules {
  readonly #parts: HostRulesParts;
  /** One change at a time: what one has seen, another must not have changed since. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: HostRulesParts) {
    this.#parts = parts;
  }

  /**
   * Resolves once the rules hold.
   * @throws HeadframeError `lease_network_failed`
   */
  async keep(wish: FirewallWish): Promise<void> {
    await this.#inTurn(async () => {
      // A new lease's tenant waits for all of these.
      const parts = [this.#keepFirewall('ipv4', wish), this.#keepQueues(wish)];
      if (hasIpv6()) parts.push(this.#keepFirewall('ipv6', wish));
      const settled = await Promise.allSettled(parts);
      for (const part of settled) if (part.status === 'rejected') throw part.reason;
    });
  }

  /**
   * Gives the bridge of a lease its queue, whatever it has. Resolves once it holds.
   * @throws HeadframeError `lease_network_failed`
   */
  async setQueue(lease: LeaseTraffic): Promise<void> {
    await this.#inTurn(async () => {
      await this.#ask('tc', planShaping(lease, '') ?? []);
    });
  }

  async #inTurn(change: () => Promise<void>): Promise<void> {
    const work = this.#last.then(change);
    this.#last = work.catch(() => undefined);
    await work;
  }

  async #keepFirewall(family: Family, wish: FirewallWish): Promise<void> {
    const { save, restore } = PROGRAMS[family];
    const text = planFirewall(family, wish, await this.#ask(save, ['-t', 'filter']));
    if (text === '') return;
    const path = join(this.#parts.folder, `${family}.rules`);
    await writeFile(path, text, { mode: 0o600 });
    await this.#ask(restore, ['--noflush', '--wait', LOCK_WAIT_S, path]);
  }

  async #keepQueues({ leases }: FirewallWish): Promise<void> {
    // The bridge is there once the engine has made the network.
    const bridged = leases.filter(({ bridge }) => hasInterface(bridge));
    if (bridged.length === 0) return;
    const observed = await this.#ask('tc', ['qdisc', 'show']);
    for (const lease of bridged) {
      const args = planShaping(lease, observed);
      if (args !== undefined) await this.#ask('tc', args);
    }
  }

  async #ask(program: string, args: readonly string[]): Promise<string> {
    const outcome = await this.#parts.run(program, args, COMMAND_MS);
    if (outcome.kind === 'output') return outcome.text;
    throw new HeadframeError({
      code: 'failed_precondition',
      reason: 'lease_network_failed',
      message: `${program}: ${outcome.kind === 'missing' ? 'not installed' : outcome.detail}`,
      remedy: REASONS.lease_network_failed.remedy,
    });
  }
}

function hasIpv6(): boolean {
  return existsSync('/proc/net/if_inet6');
}

function hasInterface(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`);
}
