import { createHash } from 'node:crypto';
import type { LeaseNames } from './names.js';
import { closedRules, forwardRules, inputRules } from './traffic.js';
import type { LeaseTraffic, TrafficRules } from './traffic.js';

/** A protocol, each with tables of its own. */
export type Family = 'ipv4' | 'ipv6';

/** One chain of ours. */
interface OwnChain {
  readonly name: string;
  /** The rule that leads to it, without its verb. */
  readonly jump: string;
  readonly rules: readonly string[];
}

/** The chains of the system that ours hang on. Docker lets operators have the first, and judges it before its own rules. */
const ENTRANCES = { ipv4: ['DOCKER-USER', 'INPUT'], ipv6: ['FORWARD', 'INPUT'] } as const;
const OWN_JUMP = /-j HEADFRAME-LEASE-/;

/** What a host's leases need of the firewall. */
export interface FirewallWish {
  readonly names: LeaseNames;
  readonly leases: readonly LeaseTraffic[];
  readonly rules: TrafficRules;
}

/**
 * What to hand to `iptables-restore --noflush`, given what `iptables-save -t filter` printed; '' when all is as it should
 * be. One text is one change: packets see the rules before or those after, never none. Without leases what is there goes. Pure.
 */
export function planFirewall(family: Family, wish: FirewallWish, observed: string): string {
  const chains = chainsOf(family, wish);
  const lines = observed.split('\n').map((line) => line.trim());
  const wanted = wish.leases.length > 0;
  const changes = chains.map((chain) => (wanted ? keep(chain, lines) : drop(chain, lines)));
  const parts = changes.flat();
  if (parts.length === 0) return '';
  // Chains first: a jump to one that is not there would fail the whole.
  const sorted = [...parts.filter((line) => line.startsWith(':')), ...parts.filter((line) => !line.startsWith(':'))];
  return ['*filter', ...sorted, 'COMMIT', ''].join('\n');
}

function chainsOf(family: Family, { names, leases, rules }: FirewallWish): OwnChain[] {
  const { bridgePrefix, forwardChain, inputChain } = names;
  const [forward, input] = ENTRANCES[family];
  const forwarding = family === 'ipv4' ? forwardRules(bridgePrefix, leases, rules) : closedRules();
  const arriving = family === 'ipv4' ? inputRules(leases, rules) : closedRules();
  return [
    { name: forwardChain, jump: `${forward} -i ${bridgePrefix}+ -j ${forwardChain}`, rules: marked(forwarding) },
    { name: inputChain, jump: `${input} -i ${bridgePrefix}+ -j ${inputChain}`, rules: marked(arriving) },
  ];
}

/** A rule that does nothing tells by a digest what stands after it: each version of iptables prints rules in its own way. */
function marked(rules: readonly string[]): string[] {
  const digest = createHash('sha256').update(rules.join('\n')).digest('hex').slice(0, 32);
  return [`-m comment --comment "rules ${digest}"`, ...rules];
}

function keep(chain: OwnChain, observed: readonly string[]): string[] {
  const { jump } = chain;
  const parts: string[] = [];
  if (!isAsWished(chain, observed))
    parts.push(`:${chain.name} - [0:0]`, ...chain.rules.map((rule) => `-A ${chain.name} ${rule}`));
  const entrance = observed.filter((line) => line.startsWith(`-A ${jump.replace(/ .*/, '')} `));
  const at = entrance.indexOf(`-A ${jump}`);
  // Before it stand jumps of other agents at most: any other rule might let through what is to be judged.
  if (at >= 0 && entrance.slice(0, at).every((line) => OWN_JUMP.test(line))) return parts;
  return [...parts, ...(at >= 0 ? [`-D ${jump}`] : []), `-I ${jump}`];
}

function drop(chain: OwnChain, observed: readonly string[]): string[] {
  if (!observed.some((line) => line.startsWith(`:${chain.name} `))) return [];
  const { jump } = chain;
  return [...(observed.includes(`-A ${jump}`) ? [`-D ${jump}`] : []), `-F ${chain.name}`, `-X ${chain.name}`];
}

function isAsWished(chain: OwnChain, observed: readonly string[]): boolean {
  const rules = observed.filter((line) => line.startsWith(`-A ${chain.name} `));
  return rules.length === chain.rules.length && rules[0] === `-A ${chain.name} ${chain.rules[0] ?? ''}`;
}
