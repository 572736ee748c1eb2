import { HeadframeError } from '../../../../common/model/error.js';
import type { ErrorCode } from '../../../../common/model/error.js';
import type { ModuleRecord } from '../../../../common/model/module.js';
import { PACKAGE_REASONS } from '../../../../common/model/package-reasons.js';
import { classed } from '../source/index.js';

/** Reasons for which a package is not made or not taken, with the class of each and whether the same might go well later. */
const KINDS = {
  package_unreadable: ['invalid_argument', false],
  package_format_unknown: ['failed_precondition', false],
  package_signature_wrong: ['permission_denied', false],
  package_signer_unknown: ['permission_denied', false],
  package_signer_other: ['permission_denied', false],
  package_signer_changed: ['permission_denied', false],
  package_digest_wrong: ['data_loss', false],
  package_path_unsafe: ['invalid_argument', false],
  package_entry_forbidden: ['invalid_argument', false],
  package_too_large: ['resource_exhausted', false],
  package_other_name: ['failed_precondition', false],
  package_other_module: ['already_exists', false],
  package_busy: ['resource_exhausted', true],
  package_too_slow: ['deadline_exceeded', true],
  packages_need_tls: ['failed_precondition', false],
  module_signer_exists: ['already_exists', false],
  module_signer_not_found: ['not_found', false],
  too_many_module_signers: ['resource_exhausted', false],
} as const satisfies Partial<Record<keyof typeof PACKAGE_REASONS, readonly [ErrorCode, boolean]>>;

/** One of the reasons for which a package is not made or not taken. */
type PackageReason = keyof typeof KINDS;

/** What a refusal tells besides its reason. */
interface PackageRefusal {
  readonly metadata?: Readonly<Record<string, string>>;
  /** In place of that of the reason. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A refusal with the remedy of its reason. */
export function packageError(reason: PackageReason, message: string, more: PackageRefusal = {}): HeadframeError {
  const [code, retry] = KINDS[reason];
  const { remedy = PACKAGE_REASONS[reason].remedy, cause } = more;
  const metadata = { ...more.metadata, ...classed(retry) };
  return new HeadframeError({ code, reason, message, remedy, metadata, cause });
}

/** A key that nobody has said to trust: names it, so that it can be compared. */
export function signerUnknown(fingerprint: string): HeadframeError {
  const remedy =
    'Compare it with what headframe modules keys ls shows where the package was made. If it is the same, name it for this ' +
    `installation by --key ${fingerprint}, or trust it from now on: headframe modules keys trust NAME ${fingerprint}.`;
  const message = `the package is signed by ${fingerprint}, which is not trusted here`;
  return packageError('package_signer_unknown', message, { metadata: { signer: fingerprint }, remedy });
}

/** A module of that name that the package is not of. */
export function otherModule({ name, url, origin }: ModuleRecord, packaged: string): HeadframeError {
  const how = origin.kind === 'package' ? `a package of ${url}` : url;
  return packageError('package_other_module', `the module ${name} is of ${how}, the package of ${packaged}`, {
    metadata: { module: name },
    remedy: `Remove the one that is there with headframe modules rm ${name}, if the package is to take its place.`,
  });
}
