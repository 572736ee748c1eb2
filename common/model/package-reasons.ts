import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

const PACK_AGAIN = 'Have it copied again, or packed anew with headframe modules package.';
const NOTHING_KEPT = 'It was not installed, and nothing of it is kept: ask who packed it for another.';

/** Reasons that have to do with packages of modules and who signs them. */
export const PACKAGE_REASONS = {
  module_installed: info('A module was installed from a package.'),
  module_signer_trusted: info('Packages that are signed by a key may be installed from now on.'),
  module_signer_removed: info('The key of a signer is not trusted any more; what was installed stays.'),
  module_from_package: error(
    'The module was installed from a package, which has no origin that could be asked.',
    'Install a newer package of it with headframe modules install.',
  ),
  package_unreadable: error('The file is no package of a module, or not all of one.', PACK_AGAIN),
  package_format_unknown: error(
    'The package was made by a version whose packages this one does not read.',
    'Upgrade this coordinator, or have it packed by the version that runs here.',
  ),
  package_signature_wrong: error(
    'The signature is not one of this manifest by the key beside it: one of them was changed.',
    NOTHING_KEPT,
  ),
  package_signer_unknown: error(
    'The package is whole, but signed by a key that nobody has said to trust.',
    'Compare the key with what headframe modules keys ls shows where it was packed; then name it by --key, or trust it with headframe modules keys trust.',
  ),
  package_signer_other: error('The package is signed by another key than the one that was named.', NOTHING_KEPT),
  package_signer_changed: error(
    'The module that is there was signed by another key than its new package.',
    'If that is meant, say so by --key with the new one.',
  ),
  package_digest_wrong: error('Something in the package is not what its signed manifest says.', NOTHING_KEPT),
  package_path_unsafe: error('A path in the package leads out of the module, or means different things.', NOTHING_KEPT),
  package_entry_forbidden: error('The package holds a link, a device or something else that is no file.', NOTHING_KEPT),
  package_too_large: error(
    'The package, or something in it, is larger than modules are let be.',
    'Raise modules.maxContent, if it is to be that large.',
  ),
  package_other_name: error(
    'It is the package of another module than the one that was named.',
    'Give the right file, or leave --name out.',
  ),
  package_other_module: error(
    'There is a module of that name that is not of the same source.',
    'Remove the one that is there with headframe modules rm, if the package is to take its place.',
  ),
  package_busy: warning('Another package is being packed or installed.', 'Try again when that is over.'),
  package_too_slow: warning('The package was not handed over in time.', 'Try again from nearer.'),
  packages_need_tls: error(
    'The coordinator serves in clear, and has no key to sign by.',
    'Start it with mutual TLS, which is without --insecure-loopback.',
  ),
  module_signer_exists: error(
    'The name or the key of a signer is there already.',
    'See headframe modules keys ls; remove the one that is there with headframe modules keys rm.',
  ),
  module_signer_not_found: error('There is no signer of that name.', 'headframe modules keys ls shows all.'),
  too_many_module_signers: error(
    'No more signers are kept.',
    'Remove those that are not needed with headframe modules keys rm.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
