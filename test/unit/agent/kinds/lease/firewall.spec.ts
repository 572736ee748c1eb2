import { expect } from 'chai';
import { planFirewall } from '../../../../../agent/kinds/lease/firewall.js';
import type { FirewallWish } from '../../../../../agent/kinds/lease/firewall.js';
import { leaseBridge, leaseNames } from '../../../../../agent/kinds/lease/names.js';
import { forwardRules, inputRules } from '../../../../../agent/kinds/lease/traffic.js';
import type { LeaseTraffic } from '../../../../../agent/kinds/lease/traffic.js';

const names = leaseNames('host-1');
const bridge = leaseBridge('host-1', 7);
const lease: LeaseTraffic = { bridge, subnet: '10.213.0.0/29', egress: 'internet', bandwidthBytes: 1000 };
const wish = (parts: Partial<FirewallWish> = {}): FirewallWish => ({
  names,
  leases: [lease],
  rules: { dns: ['10.0.0.53'], allowed: ['10.9.0.0/16'] },
  ...parts,
});
const BARE =
  '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n-A DOCKER-USER -j RETURN\nCOMMIT\n';

/** What `iptables-save` prints once a text has been restored over an empty table, as far as the plan reads it. */
function after(text: string, before = BARE): string {
  const lines = before.split('\n').filter((line) => line !== '' && line !== 'COMMIT');
  for (const line of text.split('\n')) {
    if (line.startsWith(':') || line.startsWith('-A ')) lines.push(line);
    if (line.startsWith('-D ')) lines.splice(lines.indexOf(line.replace('-D', '-A')), 1);
    if (line.startsWith('-I ')) {
      const first = lines.findIndex((one) => one.startsWith(`-A ${line.split(' ')[1] ?? ''} `));
      lines.splice(first < 0 ? lines.length : first, 0, line.replace('-I', '-A'));
    }
    const [verb, chain = ''] = line.split(' ');
    if (verb === '-F' || verb === '-X')
      for (const found of lines.filter((one) => one.startsWith(verb === '-F' ? `-A ${chain} ` : `:${chain} `)))
        lines.splice(lines.indexOf(found), 1);
  }
  return `${lines.join('\n')}\nCOMMIT\n`;
}

describe('the rules of leases', () => {
  it('answers whoever reached a lease, and closes what is private, the metadata of clouds and mail', () => {
    const rules = forwardRules(names.bridgePrefix, [lease], wish().rules);
    const at = (part: string): number => rules.findIndex((rule) => rule.includes(part));
    expect(at('--ctdir REPLY')).to.be.lessThan(at('-d 10.0.0.0/8'));
    // What is let through comes before what is closed, and the limits of new connections before both.
    expect(at('connlimit')).to.be.lessThan(at('-d 10.0.0.53'));
    expect(at('-d 10.0.0.53 -p udp')).to.be.within(0, at('-d 10.0.0.0/8'));
    expect(at('-d 10.9.0.0/16 -j RETURN')).to.be.within(0, at('-d 10.0.0.0/8'));
    for (const range of ['172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '224.0.0.0/4'])
      expect(rules).to.include(`-d ${range} -j DROP`);
    expect(rules).to.include('-p tcp -m multiport --dports 25,465,587 -j DROP');
    expect(rules).to.include(`-i ${bridge} ! -s 10.213.0.0/29 -j DROP`);
  });

  it('closes everything to a lease without egress but answers', () => {
    const rules = forwardRules(names.bridgePrefix, [{ ...lease, egress: 'none' }], wish().rules);
    const closed = rules.indexOf(`-i ${bridge} -j DROP`);
    expect(closed).to.be.greaterThan(rules.findIndex((rule) => rule.includes('--ctdir REPLY')));
    expect(closed).to.be.lessThan(rules.findIndex((rule) => rule.includes('--dport 53')));
  });

  it('lets nobody reach the host itself but its resolver', () => {
    const rules = inputRules([lease], wish().rules);
    expect(rules.at(-1)).to.equal('-j DROP');
    expect(rules.filter((rule) => rule.endsWith('-j RETURN') && !rule.includes('REPLY'))).to.deep.equal([
      '-d 10.0.0.53 -p udp -m udp --dport 53 -j RETURN',
      '-d 10.0.0.53 -p tcp -m tcp --dport 53 -j RETURN',
    ]);
  });
});

describe('the plan of a firewall', () => {
  it('makes chains and jumps, and then nothing more', () => {
    const text = planFirewall('ipv4', wish(), BARE);
    expect(text)
      .to.match(/^\*filter\n:HEADFRAME-LEASE-[0-9a-f]{5} - \[0:0\]\n/)
      .and.match(/COMMIT\n$/);
    expect(text).to.include(`-I DOCKER-USER -i ${names.bridgePrefix}+ -j ${names.forwardChain}\n`);
    expect(text).to.include(`-I INPUT -i ${names.bridgePrefix}+ -j ${names.inputChain}\n`);
    expect(planFirewall('ipv4', wish(), after(text))).to.equal('');
  });

  it('says the same for IPv6, where leases have nothing', () => {
    const text = planFirewall('ipv6', wish(), '*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n');
    expect(text).to.include(`-I FORWARD -i ${names.bridgePrefix}+ -j ${names.forwardChain}\n`);
    expect(text).to.include(`-A ${names.forwardChain} -j DROP\n`).and.include(`-A ${names.inputChain} -j DROP\n`);
  });

  it('writes its chains anew when what they are to say has changed, or one of their rules is missing', () => {
    const observed = after(planFirewall('ipv4', wish(), BARE));
    const none = planFirewall('ipv4', wish({ leases: [{ ...lease, egress: 'none' }] }), observed);
    expect(none)
      .to.include(`:${names.forwardChain} - [0:0]`)
      .and.include(`-A ${names.forwardChain} -i ${bridge} -j DROP`);
    const lost = observed.replace('-A HEADFRAME-LEASE', '# HEADFRAME-LEASE');
    expect(planFirewall('ipv4', wish(), lost)).to.not.equal('');
  });

  it('puts its jump back where another program has taken it away, or set a rule before it', () => {
    const observed = after(planFirewall('ipv4', wish(), BARE));
    const jump = `DOCKER-USER -i ${names.bridgePrefix}+ -j ${names.forwardChain}`;
    expect(planFirewall('ipv4', wish(), observed.replace(`-A ${jump}\n`, ''))).to.include(`-I ${jump}\n`);
    const late = observed.replace(`-A ${jump}\n`, `-A DOCKER-USER -j ACCEPT\n-A ${jump}\n`);
    expect(planFirewall('ipv4', wish(), late)).to.include(`-D ${jump}\n-I ${jump}\n`);
  });

  it('bears the jump of another agent before its own', () => {
    const observed = after(planFirewall('ipv4', wish(), BARE));
    const other = leaseNames('host-2');
    const theirs = `-A DOCKER-USER -i ${other.bridgePrefix}+ -j ${other.forwardChain}\n`;
    const jump = `-A DOCKER-USER -i ${names.bridgePrefix}+`;
    expect(planFirewall('ipv4', wish(), observed.replace(jump, theirs + jump))).to.equal('');
  });

  it('takes away all of its own with the last lease, and nothing else', () => {
    const observed = after(planFirewall('ipv4', wish(), BARE));
    const text = planFirewall('ipv4', wish({ leases: [] }), observed);
    expect(after(text, observed)).to.equal(BARE);
    expect(planFirewall('ipv4', wish({ leases: [] }), BARE)).to.equal('');
  });
});
