import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

const CHEAT =
  'Look at the host: what it answered cannot come of a fault of the network. Do not give it work before that.';

/** Reasons that have to do with challenges. */
export const CHALLENGE_REASONS = {
  challenge_passed: info('The host proved what it was asked to.'),
  challenge_wrong_opening: error('What the host opened is not what it committed to, or was not worked out.', CHEAT),
  challenge_wrong_tag: error('The tag that the host committed to is not what comes of the work.', CHEAT),
  challenge_label_changed: error(
    'The label on disk is not the one that was audited when it was made.',
    'Check the disk of the host, and leave the folder of labels to the agent; the next challenge has it made anew.',
  ),
  challenge_bad_signature: error('What the host answered is not signed by its key for this challenge.', CHEAT),
  challenge_replayed: error('The host answered with what belongs to another challenge.', CHEAT),
  challenge_late: error(
    'The host committed, or opened, after its deadline.',
    'See what else runs on the host, and its network; claim less if it cannot be quicker.',
  ),
  challenge_limits_wrong: warning(
    'The work was slow, because the kernel held it back: the container was given less than is claimed.',
    "Check the CPU quota of the container's parents on the host, and claim less if it has no more.",
  ),
  challenge_contradiction: error('What the host says of its container and what it did there cannot both be so.', CHEAT),
  challenge_not_opened: error(
    'The host committed and then did not open what it was asked for.',
    'Check the host and its network; a commit is not taken back.',
  ),
  challenge_lost: warning(
    'The connection to the host broke before it had committed; nothing is judged.',
    'Check the network between host and coordinator; it is asked again with a new seed.',
  ),
  challenge_preempted: info('What was reserved for the challenge was needed otherwise; nothing is judged.'),
  challenge_interrupted: info('Whoever asked went away, or the coordinator stopped; nothing is judged.'),
  challenge_window_missed: warning(
    'The host was asked together with others that may be the same machine, and not all of them came to an end; nothing is judged.',
    'Nothing, unless it goes on: then see headframe challenge ls for the others of the same sweep.',
  ),
  challenge_refused: warning(
    'The host could not begin with the challenge; nothing is judged, and it stays unverified.',
    "See the text; the agent's log says more.",
  ),
  challenge_verifier_busy: warning(
    'The verifier had no room or failed, so that the answer was not looked at; nothing is judged.',
    "Ask for fewer challenges at once; see the coordinator's log.",
  ),
  challenge_invalid: error('The challenge asks for what there is not.', 'Choose its parameters as the text says.'),
  challenge_frame_invalid: error(
    'A message of a challenge cannot be read.',
    'Run the same version of the agent and the coordinator.',
  ),
  challenge_no_gpu: warning(
    'The host has no GPU that a challenge could use; what it has of them stays unverified.',
    "If it has one of NVIDIA's, install the driver, see that nvidia-smi lists it, and start the agent again.",
  ),
  challenge_no_gpu_prover: warning(
    'The host has GPUs, but its agent has no program to prove them with; they stay unverified.',
    "Make its image on the host by deploy/challenge/gpu/image.sh, and name it as challenges.gpuImage in the agent's configuration.",
  ),
  challenge_gpu_not_found: warning(
    'The program that proves GPUs does not find them in its container; they stay unverified.',
    "Check the NVIDIA Container Toolkit, and that the driver's OpenCL is there: docs/challenges.md says how.",
  ),
  challenge_label_missing: warning(
    'The host keeps no label of that name, seed and shape.',
    'The next disk challenge has it made anew; leave the folder of labels to the agent.',
  ),
  challenge_disk_full: error(
    'The disk of the host had no room for a label of the size that was asked for.',
    'Free disk on the host, or have its agent claim less: a label may take what nobody has asked for.',
  ),
  challenge_prover_failed: error(
    'The program that works on challenges ended before its time.',
    "See the text: the container's memory may be too small for the challenge.",
  ),
  challenge_no_room: warning(
    'The host has no room for a challenge.',
    'Ask again when less runs there: a challenge needs a whole CPU and 256 MiB that nobody has.',
  ),
  challenge_host_loaded: warning(
    'The time was over, and the work had waited for a processor for longer than it had run; nothing is judged, and nothing is proven.',
    'See what else runs on the host beside the fleet, and have the agent claim less CPU; it is asked again later.',
  ),
  challenge_host_busy: warning('The host works on as many challenges as it takes.', 'Ask again later.'),
} as const satisfies Record<string, ReasonMeaning>;
