/** The names that a ref may go by, which `git ls-remote` is asked for, the most telling first. `^{}` is what an annotated tag points to. */
export function refPatterns(ref: string): string[] {
  if (ref === '') return ['HEAD'];
  if (ref.startsWith('refs/')) return [`${ref}^{}`, ref];
  return [`refs/tags/${ref}^{}`, `refs/tags/${ref}`, `refs/heads/${ref}`];
}

/** The commit that a ref stands for by the answer; a tag goes before a branch of the same name, as with git. */
export function readAdvertised(answer: string, ref: string): string | undefined {
  const commits = new Map<string, string>();
  for (const line of answer.split('\n')) {
    const [, commit, name] = /^([0-9a-f]{40})\t(\S+)$/.exec(line) ?? [];
    if (commit !== undefined && name !== undefined) commits.set(name, commit);
  }
  return refPatterns(ref)
    .map((name) => commits.get(name))
    .find((commit) => commit !== undefined);
}
