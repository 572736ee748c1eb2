import { BlockList, isIP } from 'node:net';

/** Tells whether an address is one of those, or in one of those networks, that are named. Pure. */
export function allowing(named: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of named) {
    const [address = '', bits] = text.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}
