import type { FieldViolation } from '../error.js';

/** Leases have an owner, a term and a ledger, which no manifest could say. */
const NO_LEASE: FieldViolation = {
  path: 'kind',
  value: '"lease"',
  expected: 'one of container, module, model, space',
  remedy: 'Nobody applies a lease: headframe lease create makes one.',
};

/** Sections beside that of the container, each of the kind with its name, and what it is to say. */
const OF_KINDS = [
  ['module', 'Say which module, and its role.'],
  ['model', 'Say what it is built of, and its port.'],
  ['space', 'Say its nodes, its key and the folders of its plots.'],
] as const;

/**
 * What is missing of a manifest's sections, or there though its kind has no such; what is no mapping is left to the schema.
 * Asked of the manifest as it is written, so that it shows with all else that is wrong. Pure.
 */
export function sectionViolations(data: unknown): FieldViolation[] {
  if (!isObject(data)) return [];
  const { kind, container } = data;
  if (kind === 'lease') return [NO_LEASE];
  const broken = OF_KINDS.filter(([other]) => other !== kind && isThere(data[other])).map(
    ([other]): FieldViolation => ({
      path: other,
      expected: `nothing with the kind ${printed(kind)}`,
      remedy: `Leave it out, or use kind: ${other}.`,
    }),
  );
  const own = OF_KINDS.find(([name]) => name === kind);
  if (own !== undefined) {
    const [name, what] = own;
    if (name === 'space' && isThere(container))
      broken.push({ path: 'container', expected: 'nothing with the kind space', remedy: 'Leave it out: it follows.' });
    return isThere(data[name]) ? broken : [...broken, missing(name, 'a mapping', what)];
  }
  if (!isThere(container)) broken.push(missing('container', 'a mapping', 'Say what it runs.'));
  else if (isObject(container) && !isThere(container['image']))
    broken.push(missing('container.image', 'text', 'Name an image, with its tag or digest.'));
  return broken;
}

function printed(kind: unknown): string {
  return typeof kind === 'string' ? kind.slice(0, 30) : 'that it has';
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
