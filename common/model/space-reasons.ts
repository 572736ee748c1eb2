import { error } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** What is found wrong with the files and messages of space miners. */
export const SPACE_REASONS = {
  plot_damaged: error(
    'The plot file is not a plot, or not as it was written; the offset says where it differs.',
    'Make the plot again. If the disk returns errors, replace it first.',
  ),
  plot_cache_damaged: error(
    'The cache of a plot is not as it was written; the plot itself is not touched by that.',
    'Remove the file that ends in .cache: proofs take a pass over the plot without it.',
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
  plot_write_failed: error(
    'The disk failed while a plot was made.',
    'See whether the disk is well; the same request then goes on from what was made.',
  ),
  plot_unreadable: error(
    'A plot cannot be read: its file or its disk is gone, or the disk fails.',
    'See whether the disk is there and well; mining goes on with the other plots.',
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
  space_node_floods: error(
    'The node sent more messages or bytes than a miner takes, and was left.',
    'Nothing to do while other nodes are listed; take a node that does so again and again out of the list.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
