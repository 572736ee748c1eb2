import type { ModuleFinding, ModulePackaged, ModulePin, ModuleRecord } from '../../../../common/model/module.js';
import { moduleBusy } from '../registry/index.js';
import type { PackageManifest } from './manifest.js';
import { otherModule, packageError } from './refusals.js';

/** What a package has brought. */
export interface InstalledPackage {
  readonly manifest: Pick<PackageManifest, 'name' | 'source'>;
  readonly pin: ModulePin;
  readonly packaged: ModulePackaged;
  /** Whether the key was named for this very installation. */
  readonly isNamed: boolean;
}

/**
 * The record of a module once a package of it is installed: a new one, or the one that is there where that is of a package of the
 * same source, by the same key unless another was named. Throws HeadframeError: 'package_other_module',
 * 'package_signer_changed', 'module_busy'. Pure.
 */
export function installedRecord(
  present: ModuleRecord | undefined,
  { manifest, pin, packaged, isNamed }: InstalledPackage,
  atMs: number,
): ModuleRecord {
  const { name, source } = manifest;
  const origin = { kind: 'package', ...packaged } as const;
  const times = { createdAtMs: atMs, changedAtMs: atMs, refreshedAtMs: 0, verifiedAtMs: 0 };
  const fresh: ModuleRecord = { name, ...source, origin, pin, findings: [], ...times };
  if (present === undefined) return fresh;
  if (present.origin.kind !== 'package' || present.url !== source.url) throw otherModule(present, source.url);
  if (present.origin.signer !== packaged.signer && !isNamed)
    throw packageError(
      'package_signer_changed',
      `the module ${name} was signed by ${present.origin.signer}, the package by ${packaged.signer}`,
      { metadata: { signer: packaged.signer, before: present.origin.signer } },
    );
  if (present.job !== undefined) throw moduleBusy(present);
  return { ...fresh, createdAtMs: present.createdAtMs };
}

/** What verifying an installed module looks at besides its content. */
export interface PackagedSight {
  /** By what name the signer is trusted now; undefined where it is not. */
  readonly signerName: string | undefined;
  /** Image on which modules without a Dockerfile build here. */
  readonly base: string;
  /** Roles that it can run as here. */
  readonly roles: readonly string[];
}

/** What the user of an installed module should know of its package; its origin is not asked. Pure. */
export function judgePackaged(packaged: ModulePackaged, { signerName, base, roles }: PackagedSight): ModuleFinding[] {
  const findings: ModuleFinding[] = [];
  const { signer, packedBy, packedAtMs } = packaged;
  const at = new Date(packedAtMs).toISOString();
  const signed = `Packed at ${at} by ${packedBy || 'somebody'}, signed by ${signer}`;
  if (signerName === undefined)
    findings.push(finding('package_signer_untrusted', 'warning', `${signed}, which is not among the trusted keys.`));
  else findings.push(finding('package_signed', 'info', `${signed} (${signerName}).`));
  if (packaged.base !== base)
    findings.push(
      finding('package_base_differs', 'info', `Its image was built on ${packaged.base} there, and is on ${base} here.`),
    );
  const lost = packaged.roles.filter((role) => !roles.includes(role));
  if (lost.length > 0)
    findings.push(
      finding(
        'package_roles_differ',
        'warning',
        `It could run as ${lost.join(', ')} where it was packed, and cannot here.`,
      ),
    );
  return findings;
}

function finding(code: string, severity: ModuleFinding['severity'], text: string): ModuleFinding {
  return { code, severity, path: '', text };
}
