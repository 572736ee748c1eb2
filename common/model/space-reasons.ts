import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** What is found wrong with the files and messages of space miners. */
export const SPACE_REASONS = {
  host_without_plots: warning(
    'No host that is left has a plot in the folders of the space miner.',
    'Make plots there: headframe plots create. If there are some, name the folders in the manifest as plots.folders of the agents has them.',
  ),
  plot_damaged: error(
    'The plot file is not a plot, or not as it was written; the offset says where it differs.',
    'Make the plot again. If the disk returns errors, replace it first.',
  ),
  plot_cache_damaged: error(
    'The cache of a plot is not as it was written; the plot itself is not touched by that.',
    'Remove the file that ends in .cache, then check the plot, which makes a new one: without it proofs take a pass over the plot.',
  ),
  plot_cache_unwritten: error(
    'A plot was checked and is sound, but the cache that it lacks could not be written beside it.',
    'Make room in the folder, or let the agent write to it, then check the plot again.',
  ),
  plot_list_damaged: error(
    'The list of plots is not JSON of the expected shape; it was set aside and plots are found by looking into their folders.',
    'Nothing to do. The file set aside can be removed.',
  ),
  plot_exists: error('There is a file where a plot was to be made.', 'Give another path, or delete the plot first.'),
  plot_disk_full: error(
    'The disk has no room for the plot that was asked for, or was filled by others while it was made.',
    'Make room or ask for less; the same request then goes on from what was made.',
  ),
  plot_disk_class_other: warning(
    'The disk is of another class than plots were asked for.',
    'Ask for another class, or for none.',
  ),
  plot_write_failed: error(
    'The disk failed while a plot was made.',
    'See whether the disk is well; the same request then goes on from what was made.',
  ),
  plot_unreadable: error(
    'A plot cannot be read: its file or its disk is gone, or the disk fails.',
    'See whether the disk is there and well; mining goes on with the other plots.',
  ),
  plot_found: info('A host found a plot in one of its folders.'),
  plot_back: info('A plot can be mined with again.'),
  plot_changed: warning('Another plot stands under the name of a listed one.', 'Nothing to do if that was meant.'),
  plot_made: info('A plot was made.'),
  plot_well: info('All of a plot was read, and it is as its header says.'),
  plot_job_failed: error(
    'A plot could not be made, or is not as its header says.',
    'headframe plots ls shows why; headframe plots retry JOB goes on from what was made.',
  ),
  plot_job_not_failed: error(
    'The job has not failed, so it is not done again.',
    'Nothing to do while it waits or runs. For one that is over ask anew.',
  ),
  plot_stalled: warning(
    'The disk has taken or given nothing for a minute while a plot was made or checked.',
    'See whether the disk is well. The job goes on as soon as the disk does.',
  ),
  plot_busy: error('Something is being done with the plot.', 'Wait for the job, or end it.'),
  plot_not_found: error('The host has no such plot and no such job.', 'headframe plots ls shows all.'),
  plot_too_small: error('A plot of less than 100 MiB was asked for.', 'Ask for 100MiB or more.'),
  plot_folder_not_allowed: error(
    'The folder is none of the folders of plots of that host.',
    "Name one of them, or add it to plots.folders in the agent's configuration.",
  ),
  plot_folder_back: info('A folder of plots can be read again.'),
  plots_disabled: error(
    'The host has no folders of plots.',
    "Name some as plots.folders in the agent's configuration and start the agent again.",
  ),
  plots_answer_invalid: error('A host answered with what is no list of plots.', 'Run the same version on both sides.'),
  plots_process_failed: error(
    'The process that looks after the plots of a host has ended; it is started again by itself.',
    "Try again in a moment. If it ends again and again, the agent's log says why.",
  ),
  plot_missing: error(
    'A plot that is listed is not there.',
    'See whether its disk is there and mounted. If it was deleted on purpose, take it off the list.',
  ),
  plot_folder_missing: error(
    'A folder of plots is not there, or none of its plots is: its disk is gone or not mounted.',
    'See whether the disk is there and mounted; mining goes on with the other plots.',
  ),
  plot_folder_unreadable: error(
    'A folder of plots cannot be read, or its disk takes too long to answer.',
    'See whether the disk is well and whether the miner may read it; mining goes on with the other plots.',
  ),
  plot_folder_twice: error(
    'Two folders of plots are one, by links or mounts; it is looked into once.',
    'Leave one of the names out, unless space miners of the fleet name the other.',
  ),
  plot_folder_too_full: error(
    'A folder holds more plots or other files than are looked at; the rest is left out.',
    'Spread the plots over several folders.',
  ),
  block_malformed: error(
    'The bytes of a block, a transaction or a proof are not of the expected shape.',
    'If blocks of one node are refused again and again, use another node.',
  ),
  space_message_malformed: error(
    'The node sent what is not a message of the Spacetime protocol.',
    'See whether the address and port are those of a Spacetime node of this network.',
  ),
  space_message_too_large: error(
    'A block has grown longer than a frame of the Spacetime protocol may be.',
    'Put fewer transactions into blocks.',
  ),
  space_node_unreachable: error(
    'No node of the list could be reached as often as that was tried.',
    'See whether the addresses are right, the nodes run, and a firewall lets the miner through.',
  ),
  space_node_closed: error(
    'The node ended the connection.',
    'Nothing to do: the next node of the list, or the same one, is tried by itself.',
  ),
  space_node_stalled: error(
    'The node was silent for too long, or stopped within a frame, or no longer reads.',
    'Nothing to do while other nodes are listed; else see whether the node is well.',
  ),
  space_node_untrusted: error(
    'The node did not show a certificate of the authorities that nodes are known by, or not one for its address.',
    'See whether nodeTlsCaPath names the right authority, and whether the certificate of the node names the address it is called by.',
  ),
  space_key_invalid: error(
    'The file of a miner key does not hold the 32 bytes of a private key.',
    'Give the file that the miner wrote, or let it make another in another place.',
  ),
  space_key_exposed: error(
    "Others than its owner may use the file of the miner's key.",
    'Take their rights with chmod 600. If they may have read it, make another key.',
  ),
  space_key_unreadable: error(
    "The file of the miner's key can neither be read nor made.",
    'See whether privateKeyPath is right, and whether this user may read it.',
  ),
  space_miner_silent: error(
    'The process of the miner is there and does not answer.',
    'Wait a moment. If it stays so, end the process that is named.',
  ),
  space_stop_timeout: error(
    'The miner did not end in the time that was given it.',
    'Wait longer, or end the process that is named.',
  ),
  space_start_failed: error(
    'The miner that was to go on in the background ended at once.',
    'The end of its log says why.',
  ),
  space_key_other: error(
    'The secret of a space miner holds another key than the one its manifest names.',
    'Correct minerId in the manifest, or name the right secret.',
  ),
  space_key_in_use: error(
    'Another miner of the fleet works by the same key, and no two do at a time.',
    'Give the miner a key of its own, or stop the other one.',
  ),
  space_head_failed: error(
    "The process that speaks with a space miner's node cannot run; it is tried again.",
    'The text says why. See whether the secret of the key is there, and right.',
  ),
  space_node_connected: info('A space miner is connected to a node.'),
  space_node_lost: warning(
    'A space miner lost its node, or could not reach one; the next one of the list is tried.',
    'See whether the nodes run and can be reached from the coordinator.',
  ),
  space_proof_sent: info('A space miner sent a proof; the event says what it has counted so far.'),
  space_block_won: info('A space miner won a block and sent it.'),
  space_block_accepted: info('The node accepted a block of a space miner.'),
  space_round_failed: warning(
    'A round of a space miner came to nothing, or a host answered wrongly; the text says why.',
    'See the logs of its instances: plots that cannot be read are named there.',
  ),
  space_plots_silent: warning(
    'Some plots of a space miner gave no answer by the deadline.',
    'headframe plots ls shows disks that are slow or gone; the logs of its instances name plots.',
  ),
  space_disk_slow: warning(
    'A disk took more than half of the deadline for its plots.',
    'Take plots off that disk, or give the miner a longer deadline if the network has one.',
  ),
  space_disk_late: error(
    'A disk took more than four fifths of the deadline for its plots, or did not answer in time.',
    'See whether the disk is well; take plots off it.',
  ),
  space_disk_well: info('A disk that was slow answers in less than half of the deadline again.'),
  space_scan_refused: error(
    'A scan was asked for by somebody else than the miner that the host scans for, or answered in another form.',
    'See whether minerId is that of the key, and whether coordinator and image are of one version.',
  ),
  space_node_floods: error(
    'The node sent more messages or bytes than a miner takes, and was left.',
    'Nothing to do while other nodes are listed; take a node that does so again and again out of the list.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
