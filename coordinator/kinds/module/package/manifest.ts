import { z } from 'zod';
import { MODULE_NAME, MODULE_ROLE } from '../../../../common/model/module.js';
import type { ModulePin, ModuleRecord } from '../../../../common/model/module.js';
import type { RoleProfile } from '../profiles/index.js';
import { moduleRefField, moduleUrlField } from '../source/index.js';
import { packageError } from './refusals.js';

/** What a manifest says that it is; another number where readers of this one would misread it. */
const FORMAT = 'headframe.module-package/1';
const FORMATS = /^headframe\.module-package\/\d{1,9}$/;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const bytes = z
  .int()
  .min(0)
  .max(2 ** 40);
/** Strings are shown, so that none may hold what would not be seen. */
const text = (most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);

/** What is read of a manifest; the rest of it is for people and other programs. */
const schema = z.object({
  format: z.literal(FORMAT),
  name: z.string().regex(MODULE_NAME),
  version: text(100),
  // Nothing is fetched from there.
  source: z.object({ url: moduleUrlField({ fileUrls: true }), ref: moduleRefField }),
  commit: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/),
  roles: z.array(z.object({ role: z.string().regex(MODULE_ROLE) })).max(100),
  content: z.object({
    digest,
    bytes,
    skipped: bytes,
    skippedPaths: z.array(z.object({ path: text(200), why: text(40) })).max(50),
  }),
  sbom: z.object({ digest, bytes }),
  image: z.object({ base: text(512) }),
  created: z.object({ at: z.iso.datetime(), by: text(200) }),
});

/** What a package says of itself, once it is known who signed it. */
export type PackageManifest = z.infer<typeof schema>;

/** How the image of a role is built. */
export interface PackagedImage {
  readonly role: string;
  /** Path within the content; '' for a generated one on the base. */
  readonly dockerfile: string;
  readonly base: string;
}

/** What a manifest is made of. */
export interface PackageFacts {
  readonly record: Pick<ModuleRecord, 'name' | 'url' | 'ref'>;
  readonly pin: ModulePin;
  readonly profiles: readonly RoleProfile[];
  readonly images: readonly PackagedImage[];
  readonly base: string;
  readonly sbom: { readonly digest: string; readonly bytes: number };
  readonly created: { readonly atMs: number; readonly by: string; readonly version: string };
}

/** Writes a manifest: pretty, for people read it, too. */
export function writeManifest({ record, pin, profiles, images, base, sbom, created }: PackageFacts): Buffer {
  const { digest: content, bytes: size, files, skipped, skippedPaths } = pin;
  const manifest = {
    format: FORMAT,
    ...{ name: record.name, version: pin.version },
    source: { url: record.url, ref: record.ref },
    commit: pin.commit,
    created: { at: new Date(created.atMs).toISOString(), by: created.by, with: `headframe ${created.version}` },
    content: { file: 'content.tar', digest: content, bytes: size, files, skipped, skippedPaths },
    sbom: { file: 'sbom.cdx.json', format: 'CycloneDX', specVersion: '1.6', ...sbom },
    image: { base, roles: images },
    roles: profiles.map(profileText),
  };
  return Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Of a secret nothing but its name; options are found again where it is installed. */
function profileText({ role, entry, command, args, requirements, environment, ports, duties }: RoleProfile): object {
  const variables = environment.map(({ name, required, secret, default: preset, description }) => ({
    ...{ name, required, secret, description },
    ...(preset === undefined || secret ? {} : { default: preset }),
  }));
  return { role, entry, command, args, requirements, environment: variables, ports, duties };
}

/** Reads a manifest. Throws HeadframeError: 'package_format_unknown', 'package_unreadable' with all that is wrong. */
export function readManifest(content: Buffer): PackageManifest {
  const json = parsed(content);
  const format = typeof json === 'object' && json !== null && 'format' in json ? json.format : undefined;
  if (typeof format === 'string' && format !== FORMAT && FORMATS.test(format))
    throw packageError('package_format_unknown', `the package is of the format ${format}, and ${FORMAT} is read here`);
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const where = read.error.issues.slice(0, 5).map(({ path }) => path.map(String).join('.') || 'all of it');
  throw packageError('package_unreadable', `the manifest is wrong at ${where.join(', ')}`);
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8')) as unknown; // judged by the schema
  } catch (cause) {
    throw packageError('package_unreadable', 'the manifest is no JSON', { cause });
  }
}
