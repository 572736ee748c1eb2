/** What one lease may send, and from where. */
export interface LeaseTraffic {
  readonly bridge: string;
  /** Its addresses, as `a.b.c.d/n`. */
  readonly subnet: string;
  readonly egress: 'internet' | 'none';
  /** Bytes per second each way; above 0. */
  readonly bandwidthBytes: number;
}

/** What all leases of a host may reach beyond the public internet. */
export interface TrafficRules {
  /** Addresses of the resolvers that leases ask, on port 53. */
  readonly dns: readonly string[];
  /** Private ranges that leases may reach, as `a.b.c.d/n`. */
  readonly allowed: readonly string[];
}

/**
 * Ranges that are nobody's public address: this network, private use, carrier-grade NAT, loopback, link-local with the
 * metadata of clouds, protocol assignments, documentation, benchmarks, multicast, reserved and broadcast.
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const CLOSED_RANGES: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Mail leaves a host's address with a bad name for long: relay, submission over TLS, submission. */
const MAIL_PORTS = '25,465,587';
/** New connections and new exchanges of datagrams: far above what people and builds need, far below a scan's or a flood's. */
const NEW_PER_SECOND = 100;
const NEW_BURST = 400;
/** Entries of the kernel's connection table, which the whole host shares. */
const CONNECTIONS = 4096;

const REPLY = '-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -j RETURN';

/** Rules for what leases send beyond the host, first to last. Pure. */
export function forwardRules(prefix: string, leases: readonly LeaseTraffic[], rules: TrafficRules): string[] {
  return [
    ...leases.map(bandwidthRule),
    // Whoever may reach a lease's ports gets its answers, wherever they are.
    REPLY,
    ...leases.map(({ bridge, subnet }) => `-i ${bridge} ! -s ${subnet} -j DROP`),
    ...leases.flatMap(({ bridge, egress }) => (egress === 'none' ? [`-i ${bridge} -j DROP`] : [])),
    ...limitRules(prefix),
    ...resolverRules(rules),
    ...rules.allowed.map((range) => `-d ${range} -j RETURN`),
    ...CLOSED_RANGES.map((range) => `-d ${range} -j DROP`),
    `-p tcp -m multiport --dports ${MAIL_PORTS} -j DROP`,
  ];
}

/** Rules for what leases send to the host itself, first to last. Pure. */
export function inputRules(leases: readonly LeaseTraffic[], rules: TrafficRules): string[] {
  const offline = leases.flatMap(({ bridge, egress }) => (egress === 'none' ? [`-i ${bridge} -j DROP`] : []));
  return [...leases.map(bandwidthRule), REPLY, ...offline, ...resolverRules(rules), '-j DROP'];
}

/** Leases have no IPv6, so nothing of it is theirs. Pure. */
export function closedRules(): string[] {
  return ['-j DROP'];
}

/** What is sent above the rate is dropped, which has the sender slow down; what is received is shaped on the bridge. */
function bandwidthRule({ bridge, bandwidthBytes }: LeaseTraffic): string {
  const rate = String(bandwidthBytes);
  // The kernel keeps a table's rate for as long as its name is in use, so that a new rate wants a new name.
  return `-i ${bridge} -m hashlimit --hashlimit-above ${rate}b/s --hashlimit-name ${bridge}.${rate} -j DROP`;
}

function limitRules(prefix: string): string[] {
  const rate = `--hashlimit-above ${String(NEW_PER_SECOND)}/sec --hashlimit-burst ${String(NEW_BURST)}`;
  return [
    `-m conntrack --ctstate NEW -m hashlimit ${rate} --hashlimit-mode srcip --hashlimit-name ${prefix}.new -j DROP`,
    `-m conntrack --ctstate NEW -m connlimit --connlimit-above ${String(CONNECTIONS)} --connlimit-mask 32 --connlimit-saddr -j DROP`,
  ];
}

function resolverRules({ dns }: TrafficRules): string[] {
  return dns.flatMap((address) =>
    ['udp', 'tcp'].map((protocol) => `-d ${address} -p ${protocol} -m ${protocol} --dport 53 -j RETURN`),
  );
}
