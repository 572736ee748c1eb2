import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with machines and their providers. */
export const PROVIDER_REASONS = {
  machine_allocating: info('The machine is being made a host of the fleet.'),
  machine_active: info('The machine is a host of the fleet.'),
  machine_releasing: info('The machine is given back: what runs there for it ends first.'),
  machine_released: info('The machine was given back.'),
  machine_changed: info('Name, account or ports of the machine were changed.'),
  machine_host_gone: error(
    'The host of the machine is no longer in the fleet.',
    'Release the machine and ask for another one.',
  ),
  machine_held: info('The host is another machine already.'),
  machine_without_price: info('The host has no label price-per-epoch-usd, and a price limit was asked for.'),
  machine_too_dear: info('The host costs more than was asked for.'),
  machine_none_fits: warning(
    'No provider has a machine that fits.',
    'Ask for less, for a higher price or for fewer labels, or enrol more hosts: the message says what was in the way.',
  ),
  machine_not_found: error('There is no such machine.', 'It may have been released; list the machines.'),
  machine_in_use: error(
    'Miners of the machine are there.',
    'Delete them first, or release the machine with its miners.',
  ),
  machine_state_unfit: error(
    'The machine is in a state in which that is not done.',
    'Look at its state and reason, and wait until it is active or has failed.',
  ),
  provider_unknown: error(
    'There is no such provider, or it is not configured.',
    'Name one of those that providers of the coordinator configures; fleet is always there.',
  ),
  provider_file_unreadable: error(
    'A file that machines are made hosts with cannot be read.',
    'Put it there, or correct the path in providers of the coordinator, and try again.',
  ),
  providers_need_tls: error(
    'A coordinator that serves in clear makes no hosts of machines: nobody could join it from there.',
    'Serve with TLS, or take the provider out of the configuration.',
  ),
  ssh_missing: error('There is no SSH client on the machine of the coordinator.', 'Install OpenSSH there.'),
  ssh_machines_invalid: error(
    'The list of machines that are reached by SSH cannot be used.',
    'Correct what the message names in the file of providers.sshMachinesFile; it is read anew with each wish.',
  ),
  machine_unlisted: error(
    'The machine is no longer in the list of those that are reached by SSH.',
    'Put it back until it is released, or release it with --forget.',
  ),
  machine_unreachable: error(
    'Nobody answers by SSH at the address of the machine.',
    'Look whether it runs and its firewall lets the coordinator in, then headframe machines retry.',
  ),
  machine_host_key_wrong: error(
    'The machine has another host key than the one that is known of it; nothing was sent to it.',
    'Find out whether it was installed anew or is another one, then correct its key in the list of machines.',
  ),
  machine_login_refused: error(
    'The machine does not let the coordinator in by its key.',
    "Put the public key into the user's authorized_keys there, or correct user and keyFile, then headframe machines retry.",
  ),
  machine_no_root: error(
    'The login on the machine is not root, and may not become it without a password.',
    'Log in as root, or let the user use sudo without a password, then headframe machines retry.',
  ),
  machine_unfit: error(
    'The machine is none that can be a host.',
    'It needs Linux with systemd and dpkg, such as Debian or Ubuntu; release it.',
  ),
  machine_taken: error(
    'An agent is on the machine already that this coordinator has not installed.',
    'Uninstall it there, or release the machine and let that agent join by hand.',
  ),
  machine_disk_full: error('The disk of the machine has too little room.', 'Make room, then headframe machines retry.'),
  machine_copy_damaged: error(
    'The package came to the machine damaged.',
    'Copy it once more by headframe machines retry; if it recurs, look at the disks of both.',
  ),
  machine_too_slow: error(
    'A step on the machine took longer than it may.',
    'Look what it hangs at, or raise providers.stepTimeout, then headframe machines retry.',
  ),
  machine_install_failed: error(
    'A command on the machine has failed; its last lines are part of the message.',
    'Correct what they say, such as by installing Docker and Node 20.19 there, then headframe machines retry.',
  ),
  machine_not_enrolled: error(
    'The agent is on the machine, and its host does not get ready.',
    'Look at it there by systemctl status headframe-agent, and whether it reaches providers.coordinator; then headframe machines retry.',
  ),
  fluence_cap_reached: warning(
    'As many VMs of Fluence are rented as may be.',
    'Release one, or raise providers.fluence.mostMachines.',
  ),
  fluence_unreachable: error(
    'The API of Fluence does not answer, or not well.',
    'Look at the network and at the state of Fluence, then headframe machines retry.',
  ),
  fluence_key_refused: error(
    'Fluence does not take the API key.',
    'Put one that is valid into the file of providers.fluence.apiKeyFile; it is read anew with each call.',
  ),
  fluence_refused: error(
    'Fluence does not do what it was asked for, such as where nobody has a VM at that price.',
    'Read what it says in the message; raise the price, ask for less, or top the account up.',
  ),
  fluence_answer_unknown: error(
    'Fluence answers in another form than its documents have.',
    'Its API may have changed: look for a later version of Headframe, and look after its VMs in its own console until then.',
  ),
  fluence_vm_ended: error('Fluence has ended the VM, or lost it.', 'Release the machine and ask for another one.'),
  fluence_vm_slow: error(
    'The VM did not start in time, and may cost.',
    'Wait and run headframe machines retry, raise providers.fluence.launchTimeout, or release it.',
  ),
  fluence_vm_stays: error(
    'The VM did not end in time, and may cost.',
    'Release the machine again, and look at the console of Fluence.',
  ),
  provider_failed: error(
    'A provider failed in a way that nobody has foreseen.',
    "Look at the coordinator's log, then try again.",
  ),
} as const satisfies Record<string, ReasonMeaning>;
