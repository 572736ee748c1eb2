import { error } from './reason-meaning.js';

/** Why a host cannot hold a lease. */
export const LEASE_HOST_REASONS = {
  lease_not_possible: error(
    'This host cannot hold leases: a wall that every lease needs cannot be built here.',
    'See what is missing with headframe agent doctor on the host; docs/hosting.md tells what a host needs.',
  ),
  lease_runtime_missing: error(
    'The runtime that the lease asks for is not registered with the container engine of the host.',
    'Ask for another runtime, or install it on the host and name it in /etc/docker/daemon.json under "runtimes".',
  ),
  lease_network_failed: error(
    "The lease's own network, or the rules that wall it off, could not be made; nothing was started.",
    'See the text, and what headframe agent doctor says of leases on the host.',
  ),
  lease_subnets_used_up: error(
    'No part of the range for the networks of leases is free.',
    'Set leases.subnets in the agent configuration to a larger private range that is used for nothing else.',
  ),
  lease_disk_failed: error(
    "The lease's file system could not be made or mounted; nothing was started.",
    'Free disk on the host, and see what headframe agent doctor says of leases there.',
  ),
} as const;
