/** Examples are meant to be read. */
const EXAMPLE = /(?:^|[._-])(?:example|sample|template|dist)(?:$|[._-])/i;
const ENVIRONMENT = /^(?:\.env(?:[._-].*)?|.*\.env)$/i;
const KEYS =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.npmrc|\.git-credentials|.*\.(?:p12|pfx|jks|keystore|kdbx))$/i;
const FOLDERS = /(?:^|\/)(?:\.ssh|\.aws|\.gnupg|\.docker|\.kube|wallets\/[^/]+\/hotkeys)\//i;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;

/** Whether a file of a module has no place in an image by its name: filled environments, keys, credentials. Pure. */
export function isPrivateName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (FOLDERS.test(`/${path}`) || KEYS.test(name)) return true;
  return ENVIRONMENT.test(name) && !EXAMPLE.test(name);
}

/** Whether a file holds a private key, whatever it is called. Pure. */
export function holdsPrivateKey(content: Buffer): boolean {
  return content.includes('-----BEGIN') && PRIVATE_KEY.test(content.toString('latin1'));
}
