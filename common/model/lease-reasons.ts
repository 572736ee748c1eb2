import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with leases. */
export const LEASE_REASONS = {
  host_cannot_lease: warning(
    'No host that is left keeps leases.',
    'See headframe agent doctor on the hosts that are to keep them: it says what they lack.',
  ),
  lease_requested: info('The lease waits for a host.'),
  lease_placed: info('The lease has a host, and a part of it is reserved.'),
  lease_provisioning: info('The container of the lease is being made.'),
  lease_probing: info('The container of the lease runs; it is tried from outside, as its tenant would.'),
  lease_ready: info('The lease can be used: a probe from outside has logged in.'),
  lease_extended: info('The term of the lease was made longer.'),
  lease_host_silent: warning(
    'The host of the lease does not answer. Nothing is ended for that, and no time counts meanwhile.',
    'Check the host and its network. The container goes on; the lease is ready again once a probe passes.',
  ),
  lease_container_down: warning(
    'The container of the lease does not run; its agent starts it again. No time counts meanwhile.',
    'See why it ended: headframe lease show LEASE.',
  ),
  lease_unreachable: warning(
    'Probes from outside fail. No time counts meanwhile.',
    'See what the last probe found: headframe lease show LEASE.',
  ),
  lease_probe_slow: warning(
    'A probe of the lease was not done in time.',
    'Check the network between the coordinator and the host.',
  ),
  lease_released: info('Its owner, or somebody who may, has released the lease.'),
  lease_term_over: info('The term of the lease is over.'),
  lease_given_up: warning(
    'The lease was suspect for longer than its grace.',
    'Ask for another one. A longer grace has a lease wait longer for its host: headframe lease create --grace.',
  ),
  lease_no_host: error(
    'No host took the lease for as long as it was to wait for one.',
    'The text says what was asked for and why no host took it. Ask for less, or wait longer: headframe lease create --wait-limit.',
  ),
  lease_not_ready: error(
    'The lease did not become usable in time.',
    'See what the last probe found: headframe lease show LEASE.',
  ),
  lease_failed: error(
    'The container of the lease has ended and cannot be started again.',
    'See the reason in the text, mend it, and create another lease.',
  ),
  lease_host_removed: error(
    'The host of the lease was removed from the fleet.',
    'Ask for another one. What is left on the host goes as soon as its agent is back.',
  ),
  lease_ending: info('The lease has ended; what it held is being freed.'),
  lease_end_waits: warning(
    'The lease has ended, but its host does not answer: what it holds there is freed once the host is back.',
    'Check the host. If it is gone for good: headframe hosts rm HOST --force.',
  ),
  lease_port_open: warning(
    'The lease has ended and its container is gone, but something still answers at its port.',
    'See what listens there on the host; the port is not given to others meanwhile.',
  ),
} as const satisfies Record<string, ReasonMeaning>;

/** One of them. */
export type LeaseReason = keyof typeof LEASE_REASONS;
