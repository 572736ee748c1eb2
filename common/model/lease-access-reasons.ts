import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with the ways into leases. */
export const LEASE_ACCESS_REASONS = {
  ssh_authority_rotated: info(
    'The key that certifies SSH users was replaced for new leases; those that are there keep the key that they were made with.',
  ),
  ssh_authority_forgotten: info('A former key that certified SSH users was forgotten, as no lease trusts it any more.'),
  lease_probe_passed: info('The lease was reached by its tenant’s way, and is what was rented.'),
  lease_reached_by_tunnel: warning(
    'The lease is what was rented, but was reached through its host’s agent alone: its port does not answer from outside.',
    'Tenants come in by headframe lease ssh all the same. For others, let the lease ports in: headframe hosts show HOST.',
  ),
  lease_port_unreachable: warning(
    'The port of the lease does not answer from where the coordinator is.',
    'See that the host’s firewall and router let its lease ports in, and that its address is right: headframe hosts show HOST.',
  ),
  lease_tunnel_failed: warning(
    'The host has no address to reach it at, and the way through its agent failed.',
    'See the text, and whether the host is ready: headframe hosts show HOST.',
  ),
  lease_no_ssh: warning(
    'Something answers at the port of the lease, but it is no SSH server.',
    'See that the image’s SSH server runs: headframe lease ssh LEASE --exec.',
  ),
  lease_host_key_wrong: error(
    'Whoever answers at the port of the lease has another host key than the lease: it is not the lease, or somebody has changed it.',
    'Do not log in there. See what listens at the port on the host; if the tenant changed the key, create another lease.',
  ),
  lease_login_refused: warning(
    'The SSH server of the lease does not let the probe in.',
    'See whether the image’s SSH server reads the keys that the agent gives it: headframe lease ssh LEASE --exec.',
  ),
  lease_probe_unread: warning(
    'The probe was let in, but its command gave no answer that can be read.',
    'See that the image has /bin/sh.',
  ),
  lease_limits_differ: error(
    'What is read from inside the lease is not what was rented.',
    'See the text, and the host’s engine: headframe agent doctor there.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
