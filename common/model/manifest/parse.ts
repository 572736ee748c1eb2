import type { FieldViolation } from '../error.js';
import type { MinerSpec } from '../miner.js';
import { readDocuments } from '../schema/documents.js';
import type { DataDocument, ReadDocuments, SourceText } from '../schema/documents.js';
import { checkSchema } from '../schema/violations.js';
import type { Checked } from '../schema/violations.js';
import { manifestSchema } from './schema.js';
import { sectionViolations } from './sections.js';

/** Most documents in one call, as in one ApplyMiners. */
const MOST_DOCUMENTS = 1000;

/** The specs of all files, or everything that is wrong with any of them. */
export type ParsedManifests =
  { readonly specs: readonly MinerSpec[] } | { readonly violations: readonly FieldViolation[] };

/** Parses one manifest that is plain data already; paths of violations are those of the manifest. */
export function parseManifest(data: unknown): Checked<MinerSpec> {
  const broken = sectionViolations(data);
  if (isLease(data)) return { violations: broken };
  const checked = checkSchema(manifestSchema, data);
  if (broken.length === 0) return checked;
  return { violations: [...('violations' in checked ? checked.violations : []), ...broken] };
}

// Whatever else is wrong with it would mislead: it is no manifest.
function isLease(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'lease';
}

/** Parses the documents of all files: either every one is right and named once, or all that is wrong is told. */
export function parseManifests(files: readonly SourceText[]): ParsedManifests {
  const read = files.map(readManifestFile);
  const unreadable = read.flatMap((file) => file.violations);
  const parsed = parseDocuments(read.flatMap((file) => file.documents));
  if (unreadable.length === 0) return parsed;
  return { violations: [...unreadable, ...('violations' in parsed ? parsed.violations : [])] };
}

// Applying nothing is hardly ever what was meant.
function readManifestFile(file: SourceText): ReadDocuments {
  const read = readDocuments(file);
  if (read.documents.length > 0 || read.violations.length > 0) return read;
  return { documents: [], violations: [{ document: file.name, path: '', expected: 'at least one document' }] };
}

/** Parses documents that are plain data already, with the same promises. */
export function parseDocuments(documents: readonly DataDocument[]): ParsedManifests {
  const violations: FieldViolation[] = [];
  const named = new Map<string, string>();
  const specs: MinerSpec[] = [];
  for (const { name: document, data } of documents) {
    const checked = parseManifest(data);
    if ('violations' in checked) violations.push(...checked.violations.map((one) => ({ document, ...one })));
    else specs.push(checked.value);
    const repeated = repeatedName(nameOf(data), document, named);
    if (repeated !== undefined) violations.push(repeated);
  }
  if (documents.length > MOST_DOCUMENTS) {
    violations.push({ path: '', value: `${documents.length}`, expected: `at most ${MOST_DOCUMENTS} documents` });
  }
  return violations.length > 0 ? { violations } : { specs };
}

// Asked of every document, wrong ones too, so that a repeated name shows with the other errors.
function repeatedName(
  name: string | undefined,
  document: string,
  named: Map<string, string>,
): FieldViolation | undefined {
  if (name === undefined) return undefined;
  const first = named.get(name);
  if (first === undefined) named.set(name, document);
  if (first === undefined) return undefined;
  const remedy = 'Rename one of them, or delete it.';
  return { document, path: 'name', value: JSON.stringify(name), expected: `a name not used in ${first}`, remedy };
}

function nameOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('name' in data)) return undefined;
  return typeof data.name === 'string' ? data.name : undefined;
}
