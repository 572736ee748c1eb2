// Words of other tools for what a field or value is called here.
const SYNONYMS: Readonly<Record<string, string>> = {
  cmd: 'args',
  count: 'replicas',
  cpus: 'cpu',
  disabled: 'never',
  entrypoint: 'command',
  environment: 'env',
  healthcheck: 'health',
  httpget: 'http',
  imagepullpolicy: 'pullPolicy',
  key: 'attribute',
  livenessprobe: 'health',
  mem: 'memory',
  memlimit: 'memory',
  networkmode: 'network',
  no: 'never',
  path: 'target',
  published: 'host',
  readonly: 'readOnly',
  restartpolicy: 'restart',
  ro: 'readOnly',
  scale: 'replicas',
  storage: 'disk',
  terminationgraceperiodseconds: 'stopGrace',
  unlessstopped: 'always',
  volumemounts: 'mounts',
  volumes: 'mounts',
  workingdir: 'workdir',
};

/** The known word most likely meant by an unknown one: another tool's word for it, or one at most a third of it away. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const plain = plainOf(word);
  const same = known.find((candidate) => plainOf(candidate) === plain);
  if (same !== undefined) return same;
  const synonym = Object.hasOwn(SYNONYMS, plain) ? SYNONYMS[plain] : undefined;
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  return nearest(plain, known);
}

/** Number of single-character insertions, deletions, replacements and swaps of neighbours between two short texts. */
export function editDistance(a: string, b: string): number {
  let [before, row] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)]; // empty literals have no type
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next.push(cellOf({ a, b, i, j, row, before, next }));
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

interface Cell {
  readonly a: string;
  readonly b: string;
  readonly i: number;
  readonly j: number;
  readonly row: readonly number[];
  readonly before: readonly number[];
  readonly next: readonly number[];
}

function cellOf({ a, b, i, j, row, before, next }: Cell): number {
  const at = (cells: readonly number[], index: number): number => cells[index] ?? Infinity;
  const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity;
  return Math.min(replaced, swapped, at(row, j) + 1, at(next, j - 1) + 1);
}

function nearest(plain: string, known: readonly string[]): string | undefined {
  // Longer than any field name is: not worth the square of its length.
  if (plain.length > 40) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(plain, plainOf(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  const allowed = Math.max(1, Math.floor(plain.length / 3));
  return best !== undefined && best.distance <= allowed ? best.candidate : undefined;
}

function plainOf(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '');
}
