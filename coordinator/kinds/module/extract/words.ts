/** The words of a name in lower case: `walletHotkey.API_KEY` is wallet, hotkey, api, key. */
export function wordsOf(name: string): string[] {
  return name
    .slice(0, 500)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

const ROLE_OF: Readonly<Record<string, string>> = {
  miner: 'miner',
  miners: 'miner',
  mining: 'miner',
  validator: 'validator',
  validators: 'validator',
  validating: 'validator',
  vali: 'validator',
};

/** The role that a name speaks of: `add_miner_args` is the miner's; undefined for none and for more than one. */
export function roleOfName(name: string): string | undefined {
  const roles = new Set(wordsOf(name).flatMap((word) => (Object.hasOwn(ROLE_OF, word) ? [ROLE_OF[word]] : [])));
  const [role] = roles;
  return roles.size === 1 ? role : undefined;
}

/** The role that a file belongs to, by its name and then by the nearest of its folders that names one. */
export function roleOfPath(path: string): string | undefined {
  for (const part of path.split('/').slice(-12).reverse()) {
    const role = roleOfName(part);
    if (role !== undefined) return role;
  }
  return undefined;
}
