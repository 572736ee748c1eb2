import { z } from 'zod';
import { HeadframeError } from '../../common/model/error.js';
import { GRANTABLE_CAPABILITIES } from '../../common/model/privileges.js';
import { checkSchema, readDocuments, strictObject } from '../../common/model/schema/index.js';

const MOST_ENTRIES = 256;

const pathsField = z
  .array(
    z
      .string()
      .max(1024)
      .refine(
        (path) => path === '/' || (/^(?:\/[^/\0]+)+$/.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path)),
        'an absolute path without "..", and without "/" at its end',
      ),
  )
  .max(MOST_ENTRIES)
  .prefault([]);

const grantField = strictObject({
  readOnlyHostPaths: pathsField.describe('Paths of hosts that may be mounted from, for reading alone.'),
  hostPaths: pathsField.describe('Paths of hosts that may be mounted from.'),
  devices: pathsField.describe('Character devices of hosts, or folders of them.'),
  capabilities: z.array(z.enum(GRANTABLE_CAPABILITIES)).prefault([]).describe('Capabilities beyond the default set.'),
  hostNetwork: z.boolean().prefault(false).describe('Whether the network of hosts may be used.'),
});

const policySchema = strictObject({
  default: grantField.prefault({}).describe('For namespaces that have no entry of their own.'),
  namespaces: z
    .record(z.string().max(63), grantField)
    .prefault({})
    .describe('By namespace; an entry stands in place of `default`, nothing is taken over.'),
});

/** What the miners of a namespace may ask of hosts beyond an ordinary container. */
export type Grant = Readonly<z.output<typeof grantField>>;

/** Which namespaces may ask what of hosts; agents check what reaches them by their own configuration all the same. */
export type HostPolicy = Readonly<z.output<typeof policySchema>>;

/** Without a policy file host paths and networks are left to the agents; devices and capabilities nobody gets. */
export const DEFAULT_POLICY: HostPolicy = {
  default: { readOnlyHostPaths: [], hostPaths: ['/'], devices: [], capabilities: [], hostNetwork: true },
  namespaces: {},
};

/** Reads a policy; what is not granted is denied. Throws `HeadframeError` (invalid_argument, 'policy_invalid') with all that is wrong. */
export function parsePolicy(source: { readonly name: string; readonly text: string }): HostPolicy {
  const { documents, violations } = readDocuments(source);
  const expected = 'one document with `default` and `namespaces`';
  if (violations.length === 0 && documents.length !== 1)
    throw policyInvalid(source.name, [{ document: source.name, path: '', expected }]);
  const checked = checkSchema(policySchema, documents[0]?.data);
  const found = 'violations' in checked ? checked.violations : [];
  if ('value' in checked && violations.length === 0) return checked.value;
  throw policyInvalid(source.name, [...violations, ...found.map((one) => ({ document: source.name, ...one }))]);
}

/** The refusal of a policy file. */
export function policyInvalid(file: string, violations: HeadframeError['violations'], cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'policy_invalid',
    message: `the policy file ${file} cannot be used`,
    remedy: 'Correct the file; docs/security.md says what it may hold.',
    violations,
    cause,
  });
}
