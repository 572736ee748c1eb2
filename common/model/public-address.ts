import { BlockList, isIP } from 'node:net';

/** Networks that are no part of the internet: RFC 6890 and its successors, multicast and broadcast included. */
const PRIVATE_4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
];
/** Of version 6 only global unicast is public; within it these lead back to addresses of version 4, or nowhere. */
const PRIVATE_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const blocked = new BlockList();
for (const network of PRIVATE_4) addTo(blocked, network, 'ipv4');
for (const network of PRIVATE_6) addTo(blocked, network, 'ipv6');
const global6 = new BlockList();
addTo(global6, '2000::/3', 'ipv6');

/** Whether an address is one of the internet's, so that a stranger's word may make the coordinator call it. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !blocked.check(address, 'ipv4');
  return version === 6 && global6.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
}

function addTo(list: BlockList, network: string, family: 'ipv4' | 'ipv6'): void {
  const [address = '', bits = ''] = network.split('/');
  list.addSubnet(address, Number(bits), family);
}
