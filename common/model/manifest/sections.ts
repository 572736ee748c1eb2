import type { FieldViolation } from '../error.js';

/** Leases have an owner, a term and a ledger, which no manifest could say. */
const NO_LEASE: FieldViolation = {
  path: 'kind',
  value: '"lease"',
  expected: 'one of container, module',
  remedy: 'Nobody applies a lease: headframe lease create makes one.',
};

/**
 * What is missing of a manifest's sections, or there though its kind has no such; what is no mapping is left to the schema.
 * Asked of the manifest as it is written, so that it shows with all else that is wrong. Pure.
 */
export function sectionViolations(data: unknown): FieldViolation[] {
  if (!isObject(data)) return [];
  const { kind, container, module } = data;
  if (kind === 'lease') return [NO_LEASE];
  if (kind === 'module')
    return isThere(module) ? [] : [missing('module', 'a mapping', 'Say which module, and its role.')];
  const broken: FieldViolation[] = [];
  if (kind === 'container' && isThere(module))
    broken.push({ path: 'module', expected: 'nothing with the kind container', remedy: 'Use kind: module.' });
  if (!isThere(container)) broken.push(missing('container', 'a mapping', 'Say what it runs.'));
  else if (isObject(container) && !isThere(container['image']))
    broken.push(missing('container.image', 'text', 'Name an image, with its tag or digest.'));
  return broken;
}

function missing(path: string, what: string, remedy: string): FieldViolation {
  return { path, expected: `required: ${what}`, remedy };
}

function isThere(value: unknown): boolean {
  return value !== undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
