import { ACCESS_REASONS } from './access-reasons.js';
import { ALERT_REASONS } from './alert-reasons.js';
import { BUILD_REASONS } from './build-reasons.js';
import { CHAIN_REASONS } from './chain-reasons.js';
import type { Severity } from './event.js';
import { COORDINATOR_REASONS } from './coordinator-reasons.js';
import { HOST_CARE_REASONS } from './host-care-reasons.js';
import { KIND_REASONS } from './kind-reasons.js';
import { LEASE_HOST_REASONS } from './lease-host-reasons.js';
import { PACKAGE_REASONS } from './package-reasons.js';
import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';
import { SECRET_REASONS } from './secret-reasons.js';
import { VERIFICATION_REASONS } from './verification-reasons.js';

/** Every stable reason code with what it means and what to do about it; docs/reasons.md is made from it. */
export const REASONS = {
  // A miner's life
  miner_applied: info('A new miner was applied.'),
  miner_updated: info('A changed spec was applied.'),
  miner_scaled: info('The number of replicas was changed.'),
  miner_restarted: info('A restart of the miner was asked for.'),
  miner_stopped: info('The miner was stopped and is kept.'),
  miner_deleting: info('The deletion of the miner began.'),
  miner_deleted: info('The miner and its instances are gone.'),
  // Rollouts and retries of a miner
  rollout_progressing: info('The instances come to run the present revision, a few at a time.'),
  rollout_complete: info('All wanted instances run the present revision.'),
  rollout_failed: error(
    'The rollout made no progress within its deadline; nothing more is replaced.',
    'Correct and apply again, go back with headframe miners rollback, or go on with headframe miners resume.',
  ),
  rollout_paused: info('The rollout is paused: nothing is replaced until headframe miners resume.'),
  rollout_resumed: info('The rollout goes on.'),
  miner_rolled_back: warning(
    'The instances go back to an earlier revision.',
    'See headframe miners history for what became of the later one.',
  ),
  quarantined: error(
    'The miner failed too often and is given up: what is missing is not tried again.',
    'Mend what fails, then apply again or run headframe miners release.',
  ),
  miner_released: info('The failures of the miner are forgotten; what is missing is tried again.'),
  // What the autoscaler does with a miner
  autoscale_steady: info('The number of replicas fits the load.'),
  autoscale_stabilising: info('The load asks for another number, but not yet for the whole stabilisation window.'),
  autoscale_cooldown: info('The load asks for another number, but the last step is too short ago.'),
  autoscale_limited: info('The load asks for another number, but the step limit of the period is used up.'),
  autoscale_waiting: info(
    'Too little is known of the instances to change their number; those that start may take load.',
  ),
  autoscale_at_max: warning('The load asks for more replicas than max.', 'Raise autoscale.max, if there is room.'),
  autoscale_at_min: info('The load asks for fewer replicas than min.'),
  autoscale_metric_missing: warning(
    'A metric is not known, so the number of replicas stays, or grows by the others.',
    'See what is in the way with headframe miners show.',
  ),
  autoscale_paused: info('A miner that is stopped, quarantined or being deleted is not scaled.'),
  // What miners may ask of hosts
  policy_loaded: info('The policy file was read again; what runs goes on.'),
  policy_invalid: error(
    'The policy file cannot be used; the policy before it stays.',
    'Correct the file; it is read again.',
  ),
  // Waiting
  queued: info('The instance waits for its turn in the scheduler.'),
  no_hosts: warning('No host has joined the fleet.', 'Start an agent: headframe agent start.'),
  no_ready_hosts: warning('No host is ready.', 'See headframe hosts ls for the state of each and its reason.'),
  host_not_ready: info('The host is not ready.'),
  host_cordoned: info('The host is cordoned or draining.'),
  constraint_unmet: warning(
    'A constraint does not hold on the host.',
    'Label hosts with headframe hosts label, or relax the constraint.',
  ),
  insufficient_cpu: warning('Too little CPU is free.', 'Free capacity, add a host, or ask for less CPU.'),
  insufficient_memory: warning('Too little memory is free.', 'Free capacity, add a host, or ask for less memory.'),
  insufficient_disk: warning('Too little disk is free.', 'Free capacity, add a host, or ask for less disk.'),
  insufficient_gpus: warning('Too few GPUs are free.', 'Free GPUs, add a host with GPUs, or ask for fewer.'),
  port_taken: warning('A fixed host port is taken.', 'Choose another host port, or 0 for an automatic one.'),
  port_range_full: warning('No automatic host port is free.', 'Widen the port range in the agent configuration.'),
  per_host_cap: info('The host holds as many instances of the miner as its cap allows.'),
  identity_in_use: warning(
    'Another live instance holds the exclusive identity.',
    'Stop the other holder; this one starts as soon as it has ended.',
  ),
  retry_backoff: warning(
    'An earlier instance failed; the next one waits for its backoff.',
    'See the failed instance with headframe instances ls --all.',
  ),
  no_host_fits: warning('No host fits; the filters tell why.', 'Compare the filters with headframe hosts ls.'),
  impossible_resources: warning(
    'No host of the fleet could ever fit the instance, even when empty.',
    'Ask for less, or add a larger host.',
  ),
  waiting_for_preemption: info('Instances of lower priority are stopping; their room is held for this one.'),
  preemption_limited: warning(
    'Instances of lower priority could make room, but enough were stopped for that within the last minute.',
    'Nothing to do: the rest follows minute by minute. Add capacity if it recurs.',
  ),
  preempting: info('Instances of lower priority are stopped to make room for the miner.'),
  quota_exceeded: warning(
    'The namespace of the miner holds as much as its quota allows.',
    'Raise the quota with headframe namespaces set, or scale other miners of the namespace down.',
  ),
  // On the way
  placed: info('The scheduler chose a host.'),
  image_pulling: info('The image is being pulled.'),
  image_ready: info('The image is on the host.'),
  container_starting: info('The container is being created and started.'),
  started: info('The container runs.'),
  adopted: info('The agent found the container running and holds it again.'),
  health_checking: info('The container runs; its health check has not passed yet.'),
  became_healthy: info('The health check passes.'),
  became_unhealthy: warning(
    'The health check failed too often in a row.',
    "Read the instance's logs and its check: headframe instances show.",
  ),
  ...SECRET_REASONS,
  // Failing
  image_not_found: error(
    'The image does not exist or may not be read.',
    "Check the image name and tag and the registry's credentials on the host.",
  ),
  image_pull_failed: error(
    'The pull of the image failed.',
    "Check the host's network and registry; it is tried again with backoff.",
  ),
  image_invalid: error('The image reference is not valid.', 'Write it as [registry/]name[:tag][@digest].'),
  ...BUILD_REASONS,
  port_conflict: error('A host port is used by something else on the host.', 'Free the port or choose another.'),
  command_not_found: error('The command does not exist in the image or is not executable.', 'Check command and args.'),
  user_not_found: error('The user does not exist in the image.', 'Check the user.'),
  mount_failed: error('A mount could not be made.', 'Check that the source exists and the agent allows it.'),
  mount_not_allowed: error(
    'The agent does not allow this host path.',
    'Add the path to allowedHostPaths in the agent configuration.',
  ),
  privilege_not_allowed: error(
    'The agent does not allow this device, capability or network.',
    'Allow it in the agent configuration (allowedDevices, allowedCapabilities, allowHostNetwork), or leave it out.',
  ),
  gpu_unavailable: error('The engine could not give the GPU.', 'Install the GPU container runtime on the host.'),
  resources_rejected: error(
    'The engine refused the resource limits.',
    'Ask for at least 6 MiB memory and no more CPUs than the host has.',
  ),
  disk_full: error("The host's disk is full.", 'Free disk on the host.'),
  agent_state_unwritable: error(
    'The agent cannot store what it is to hold.',
    "Repair the file system of the agent's data folder; the agent keeps trying.",
  ),
  engine_unavailable: warning(
    'The container engine does not answer.',
    'Check the engine on the host; the agent keeps trying.',
  ),
  engine_error: error('The engine refused for a reason of its own.', 'See the text.'),
  not_supported: error("The host's runtime cannot do this.", 'Use a host with the docker runtime.'),
  exited: warning('The container ended by itself.', 'Read its logs.'),
  exited_error: error('The container ended with an error.', 'Read its logs: headframe instances logs.'),
  out_of_memory: error('The kernel killed the container for using more than its memory.', 'Raise resources.memory.'),
  killed: error('The container was killed from outside the fleet.', 'See who stopped it on the host.'),
  container_gone: error(
    'The container was removed from outside the fleet.',
    'Leave containers labelled headframe.* to the agent.',
  ),
  restarting: warning('The container ended and is started again after its backoff.', 'Read its logs.'),
  restart_limit: error(
    'The container ended more often than its restart policy allows.',
    'Read its logs; a new instance is tried after a backoff.',
  ),
  completed: info('The container ended with success and is not wanted again.'),
  // Stopping
  scaled_down: info('Fewer replicas are wanted.'),
  spec_changed: info('A newer spec replaces the instance.'),
  restart_requested: info('The restart of the miner replaces the instance.'),
  miner_stop: info('The miner is stopped.'),
  miner_delete: info('The miner is deleted.'),
  rebalanced: info('A rebalance moves the instance to another host.'),
  host_drained: info('The host is being drained.'),
  preempted: warning(
    'The instance made room for one of a priority at least 100 higher; it is replaced as soon as there is room.',
    'Add capacity, or raise the priority of the miner.',
  ),
  lease_expired: warning(
    'The agent lost its coordinator for longer than its lease and stopped the instance.',
    'Check the network between host and coordinator.',
  ),
  not_assigned: warning(
    'The coordinator does not assign the instance to this host.',
    'Nothing to do: the copy was ended.',
  ),
  stopped: info('The container was stopped as asked.'),
  // Hosts
  host_joined: info('The agent opened its first session.'),
  host_rejoined: info('The agent opened a session again.'),
  heartbeat_missed: warning('The host missed heartbeats.', 'Check the host and its network.'),
  session_ended: warning('The session with the agent ended.', 'Check the agent on the host.'),
  host_lost: error(
    "The host's lease expired without a heartbeat.",
    'Check the host; its instances are replaced elsewhere.',
  ),
  host_removed: info('The host was removed from the fleet.'),
  host_given_up: error(
    'An operator gave the host up while the mass-loss brake held it.',
    'Check the host; its instances are replaced elsewhere.',
  ),
  mass_loss: error(
    'So many hosts fell silent at once that the fault is likely between them and the coordinator: nothing is replaced.',
    'Look for what they share; or headframe hosts brake release, which gives them up and replaces what ran on them.',
  ),
  mass_loss_over: info('Enough of the silent hosts are back, or were given up: what is lost is replaced again.'),
  identity_locked: warning(
    'The host is lost, and nothing on it is sure to have ended the instance: its exclusive identity stays where it was.',
    'Bring the host back; or, once it is surely off, headframe hosts rm --force.',
  ),
  guard_failed: error(
    'The guard that ends exclusive instances with the host lease cannot be started, or told what to guard.',
    "Check the agent's log and its data folder.",
  ),
  host_labelled: info('Labels of the host were changed.'),
  host_uncordoned: info('The host takes new instances again.'),
  host_draining: info('The host is emptied.'),
  maintenance_begun: info('A maintenance window of the host began: it is emptied.'),
  maintenance_ended: info('The maintenance window of the host is over: it takes instances again.'),
  maintenance_changed: info('The maintenance windows of the host were changed.'),
  maintenance_skipped: info('An operator called the maintenance window off; the next one counts again.'),
  reboot_requested: info('A reboot of the host was asked for; it is emptied first.'),
  reboot_ordered: info('The host is empty, and its agent was told to reboot it.'),
  rebooted: info('The host came back with a new boot and takes instances again.'),
  reboot_cancelled: info('An operator called the reboot off.'),
  reboot_overdue: error(
    'The host did not come back from its reboot in time. It stays drained.',
    'Look at the machine; headframe hosts uncordon HOST lets it take instances again.',
  ),
  reboot_failed: error(
    "The agent's command for a reboot failed.",
    'Correct reboot.command in the agent configuration, and try it on the host.',
  ),
  reboot_not_allowed: error(
    'The agent of the host is not allowed to reboot it.',
    'Set reboot.allowed and reboot.command in the agent configuration, and restart the agent.',
  ),
  // What an agent finds wrong with its host
  engine_sick: error(
    'The container engine does not answer for longer than the self-check bears.',
    'Restart the engine on the host; selfCheck.restartRuntimeCommand has the agent do it.',
  ),
  disk_pressure: warning(
    "The host's disk is nearly full; images and old logs are being cleared away.",
    'Free or add disk on the host; see hygiene in the agent configuration.',
  ),
  clock_wrong: warning(
    "The host's clock differs from the coordinator's.",
    'Set the clock of the host: run chrony or systemd-timesyncd.',
  ),
  host_condition: warning(
    'The agent says that something is wrong with its host.',
    'See headframe hosts show HOST; the condition clears by itself when all is well.',
  ),
  host_recovered: info('What was wrong with the host is over; it takes instances again.'),
  ...HOST_CARE_REASONS,
  host_changed: info('The agent reported changed facts or capacity.'),
  rebalance_started: info('A rebalance of the fleet began.'),
  rebalance_finished: info('The rebalance has made or skipped all its moves.'),
  rebalance_cancelled: info('The rebalance was cancelled; what it had moved stays moved.'),
  rebalance_skipped: info('A planned move was not made, as the fleet had changed.'),
  namespace_applied: info('A namespace was created, or its quota, labels or description changed.'),
  namespace_deleted: info('The namespace was deleted.'),
  token_created: info('A token, to join, log in or call with, was made.'),
  token_revoked: info('The token was revoked: nobody joins, logs in or calls with it any more.'),
  host_certified: info('A host joined with a token and was given its first certificate.'),
  login_certified: info('Somebody logged in with a token and was given a certificate.'),
  admin_certified: info('The coordinator made the identity of an admin in its data folder.'),
  credential_revoked: info('What somebody proved themselves with was revoked, and their open streams ended.'),
  host_recertified: info('A host whose certificate had expired proved its key and was given the next one.'),
  ...ALERT_REASONS,
  ...CHAIN_REASONS,
  ...LEASE_HOST_REASONS,
  ...KIND_REASONS,
  ...ACCESS_REASONS,
  ...PACKAGE_REASONS,
  ...VERIFICATION_REASONS,
  ...COORDINATOR_REASONS,
} as const satisfies Record<string, ReasonMeaning>;

/** A stable reason code. */
export type ReasonCode = keyof typeof REASONS;

/** Whether a string from outside is a known reason code. */
export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(REASONS, code);
}

/** Severity of a reason; unknown codes, as from a newer agent, count as information. */
export function severityOf(code: string): Severity {
  return isReasonCode(code) ? REASONS[code].severity : 'info';
}
