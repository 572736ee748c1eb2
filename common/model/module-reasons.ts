import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

const READ_IT = 'See headframe modules show; remove it with headframe modules rm, and add it anew.';

/** Reasons that have to do with modules. */
export const MODULE_REASONS = {
  module_added: info('A module was added to the registry.'),
  module_fetched: info('The content of a module was fetched and pinned.'),
  module_pinned: info('Another commit of a module was pinned.'),
  module_removed: info('A module was removed from the registry.'),
  module_moved: warning(
    'The ref of a module stands for another commit than the pinned one, which stays in use.',
    'Look at what would change with headframe modules refresh NAME, and take it with --apply.',
  ),
  module_not_named: error(
    'The identity of the subnet names no repository that can be fetched.',
    'Find its repository by other ways, and add that with headframe modules add --git.',
  ),
  module_origin_away: warning(
    'The origin of a module does not answer. What is kept of it stays in use.',
    "Check the coordinator's network and the URL, then headframe modules refresh NAME.",
  ),
  module_origin_refused: error(
    'The origin of a module refused: there is no such repository, or it is not public.',
    READ_IT,
  ),
  module_ref_missing: error('The origin of a module has no such branch, tag or commit.', READ_IT),
  module_address_private: error(
    'The host of the URL of a module has an address inside of a private network.',
    'Use a public host, or set modules.privateAddresses of the coordinator.',
  ),
  module_redirected: error(
    'The origin of a module sends its callers to another URL, which is not followed.',
    'Add the module by the URL that it has now.',
  ),
  module_too_large: error(
    'A module is larger than modules are let be.',
    'Have its author keep data out of the repository, or raise modules.maxDownload or modules.maxContent.',
  ),
  module_too_slow: error('A module could not be fetched in time.', 'Try again, or raise modules.fetchTimeout.'),
  module_unreadable: error('The commit of a module cannot be read.', 'Try another ref; its author has to mend it.'),
  module_content_lost: error(
    'The kept content of a module or model is gone or not what it was.',
    'Bring it back with headframe modules refresh NAME --apply, or deploy the model again; install the package again of one that came by it.',
  ),
  module_cache_full: error(
    'The modules and models together are larger than the coordinator keeps.',
    'Remove modules with headframe modules rm, miners with headframe delete, or raise modules.maxCache.',
  ),
  content_vault_away: error(
    'The coordinators of the cluster cannot keep or fetch contents of modules and models now: the NATS servers do not take or give them.',
    'See that most of the NATS servers run, reach each other and have room. What lies at the coordinator is served meanwhile.',
  ),
  image_building: info('The image is being built of a module or model.'),
  host_cannot_build: warning(
    'No host that is left builds images.',
    'Upgrade the agents, or add a host with a container engine.',
  ),
  git_missing: error(
    "The git program is not on the coordinator's machine, or too old.",
    'Install git 2.26 or newer there, such as by apt-get install git.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
