/** An address as endpoints on a chain have it, a number and 4 or 6, as people write it (RFC 5952 for 6). Pure. */
export function ipText(ip: bigint, version: number): string {
  if (version !== 6) return [24n, 16n, 8n, 0n].map((shift) => String((ip >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((ip >> BigInt(16 * (7 - at))) & 0xffffn).toString(16)).join(':');
  const runs = [...groups.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(([run]) => run);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups;
  const [before, after] = split(groups, longest);
  return `${before}::${after.replace(/^:/, '')}`;
}

function split(text: string, at: string): [string, string] {
  const place = text.indexOf(at);
  return [text.slice(0, place), text.slice(place + at.length)];
}
