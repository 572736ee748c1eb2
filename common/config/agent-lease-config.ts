import { z } from 'zod';
import { bytesField, strictObject } from '../model/schema/index.js';
import { absolutePathField } from './fields.js';

const RATE = { min: 65_536, max: 125_000_000_000 };

const rangeField = z.cidrv4('an IPv4 range such as 10.213.0.0/16');

/** How an agent holds leases. */
export const leaseFields = {
  leases: strictObject({
    enabled: z
      .boolean()
      .prefault(false)
      .describe('Lets this host be rented: strangers get a root shell in a container. See docs/hosting.md first.'),
    subnets: rangeField
      .prefault('10.213.0.0/16')
      .describe(
        'Private range that the networks of leases are taken from, 8 addresses each; part of no other network.',
      ),
    dns: z
      .array(z.ipv4())
      .max(3)
      .prefault([])
      .describe("Resolvers that leases ask; without any the host's own, where those are no loopback addresses."),
    allow: z
      .array(rangeField)
      .max(64)
      .prefault([])
      .describe('Private ranges that leases may reach all the same, such as a package mirror; by default none.'),
    bandwidth: bytesField(RATE)
      .prefault('64MiB')
      .describe('Bytes per second each way of a lease that asks for no rate.'),
    io: bytesField(RATE)
      .prefault('256MiB')
      .describe('Bytes per second read from and written to the disk by a lease that asks for no rate.'),
    sshServer: absolutePathField
      .prefault('/usr/lib/headframe/lease-ssh')
      .describe('Folder of the SSH server that is lent to images without one, as deploy/lease/ssh-server.sh makes it.'),
  })
    .prefault({})
    .describe('Renting out parts of this host.'),
};
