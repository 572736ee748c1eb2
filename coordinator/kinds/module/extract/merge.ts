import { TELLING } from './findings.js';
import type { Finding, Findings } from './findings.js';
import { isPlaceholder, isSecretName, looksSecret, typeByLooks } from './judge-value.js';
import { LIMITS } from './limits.js';
import type { ModuleSetting, SettingType } from './setting.js';
import { byText, oneLine, shown } from './source-text.js';

/** Makes one setting of all places that name it, for each role that reads it on its own. Warns of secrets that lie open. */
export function mergeFindings(findings: Findings): ModuleSetting[] {
  const groups = groupBy(findings.settings, ({ source, name, file }) =>
    JSON.stringify(source === 'file' ? [source, name, file] : [source, name]),
  );
  return [...groups.values()]
    .flatMap((group) => [...byRole(group)].map(([role, places]) => settingOf(role, places, findings)))
    .sort(
      (a, b) =>
        byText(a.source, b.source) || byText(a.name, b.name) || byText(a.role ?? '', b.role ?? '') || byPlace(a, b),
    );
}

/**
 * Groups places by the role that reads them. What only shows values (examples, compose files, images) belongs to the code
 * that reads them: to that of its role, else to what all share, else to each role.
 */
function byRole(group: readonly Finding[]): Map<string | undefined, Finding[]> {
  const read = group.filter((place) => !isShown(place));
  const shared = new Set(read.filter(({ role }) => role === undefined).map(({ file, line }) => `${file}:${line}`));
  // A class of settings that roles build on is read once for each of them and once for itself.
  const own = read.filter(({ role, file, line }) => role === undefined || !shared.has(`${file}:${line}`));
  const readers = groupBy(own, ({ role }) => role);
  const shown = new Map<string | undefined, Finding[]>();
  for (const place of group.filter(isShown)) {
    const readersOfRole = readers.get(place.role) ?? readers.get(undefined);
    if (readersOfRole !== undefined) readersOfRole.push(place);
    else if (place.role === undefined && readers.size > 0) for (const places of readers.values()) places.push(place);
    else shown.set(place.role, [...(shown.get(place.role) ?? []), place]);
  }
  return new Map([...readers, ...shown]);
}

function isShown({ telling }: Finding): boolean {
  return telling <= TELLING.example;
}

function groupBy<Key>(group: readonly Finding[], keyOf: (finding: Finding) => Key): Map<Key, Finding[]> {
  const groups = new Map<Key, Finding[]>();
  for (const finding of group) {
    const key = keyOf(finding);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [finding]);
    else known.push(finding);
  }
  return groups;
}

function settingOf(role: string | undefined, places: readonly Finding[], findings: Findings): ModuleSetting {
  const sorted = [...places].sort(byTelling);
  const { name, source, file, line } = firstOf(sorted);
  const type = firstKnown(sorted, (place) => place.type);
  const secret = isSecret(sorted, type);
  const standard = secret ? undefined : firstKnown(sorted, (place) => defaultOf(place, findings));
  if (secret) for (const place of sorted) warnOfSecret(place, findings);
  const choices = firstKnown(sorted, (place) => (place.choices?.length === 0 ? undefined : place.choices)) ?? [];
  const others = sorted.slice(1).map((place) => ({ file: place.file, line: place.line }));
  return {
    name,
    source,
    type: type ?? (secret ? 'string' : typeByLooks(name, standard)),
    default: standard,
    required: sorted.some((place) => place.required === true),
    secret,
    role,
    choices: choices.slice(0, LIMITS.choices).map((choice) => shown(choice, LIMITS.value)),
    description: oneLine(firstKnown(sorted, (place) => place.description || undefined) ?? '', LIMITS.description),
    file,
    line,
    also: others.filter((place) => place.file !== file || place.line !== line).slice(0, LIMITS.also),
  };
}

function firstKnown<Known>(places: readonly Finding[], ask: (place: Finding) => Known | undefined): Known | undefined {
  for (const place of places) {
    const known = ask(place);
    if (known !== undefined) return known;
  }
  return undefined;
}

function firstOf(sorted: readonly Finding[]): Finding {
  const [first] = sorted;
  if (first === undefined) throw new Error('a group of findings is never empty');
  return first;
}

/** Numbers, switches and paths are no secrets whatever their name; a value that can only be a secret makes one. */
function isSecret(places: readonly Finding[], type: SettingType | undefined): boolean {
  if (places.some(({ secret, default: value }) => secret === true || (value !== undefined && looksSecret(value))))
    return true;
  if (type !== undefined && type !== 'string' && type !== 'list' && type !== 'url') return false;
  // `commune_key: Name of the key` is what a key is found by.
  if (places.some(({ description = '' }) => /\bname of\b/i.test(description.slice(0, LIMITS.description))))
    return false;
  return isSecretName(firstOf(places).name);
}

function defaultOf(place: Finding, findings: Findings): string | undefined {
  const value = place.default;
  if (value === undefined || (value !== '' && isPlaceholder(value))) return undefined;
  if (value.length <= LIMITS.value) return shown(value, LIMITS.value);
  findings.warn('value_too_long', place, `the value of ${place.name} has more than ${LIMITS.value} characters`);
  return undefined;
}

function warnOfSecret(place: Finding, findings: Findings): void {
  if (place.default === undefined || isPlaceholder(place.default) || /^(?:none|null|false|0)$/i.test(place.default))
    return;
  findings.warn(
    'secret_present',
    place,
    `${place.name} is a secret and has a value in the repository, which is not used`,
  );
}

function byTelling(a: Finding, b: Finding): number {
  return b.telling - a.telling || detail(b) - detail(a) || byPlace(a, b);
}

function detail({ default: value, description = '', required = false }: Finding): number {
  return (value === undefined ? 0 : 4) + (description === '' ? 0 : 2) + (required ? 1 : 0);
}

function byPlace(a: Finding | ModuleSetting, b: Finding | ModuleSetting): number {
  return byText(a.file, b.file) || a.line - b.line;
}
