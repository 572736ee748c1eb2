import type { SettingType } from './setting.js';
import { wordsOf } from './words.js';

/** Words that make a name a secret's. */
const SECRET_WORDS = new Set(
  (
    'password passwd passphrase pwd secret secrets mnemonic mnemonics seedphrase token apikey privatekey secretkey ' +
    'credential credentials webhook dsn bearer jwt'
  ).split(' '),
);

/** Words before `key` that make it one that everybody may know. */
const OPEN_KEYS = new Set('public pub primary foreign sort cache partition hot cold group dict'.split(' '));

/** Last words that make a name speak about a secret and not be one. */
const ABOUT = new Set(
  (
    'name names path file filename dir directory folder url uri endpoint host port length len size limit count number ttl ' +
    'timeout seconds minutes interval id ids type types format algorithm expiry expires expiration prefix header field ' +
    'enabled required rate budget usage index symbol decimals address'
  ).split(' '),
);

/** Whether a name is that of something nobody else may know. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last === undefined) return false;
  if (ABOUT.has(last) && !(last === 'url' && words.includes('webhook'))) return false;
  if (words.some((word) => SECRET_WORDS.has(word) || /^(?:api|private|secret|access|auth)key$/.test(word))) return true;
  if (last === 'phrase' || last === 'seed') return words.length === 1 || !words.includes('random');
  return last === 'key' && !OPEN_KEYS.has(words.at(-2) ?? '');
}

const KNOWN_SECRETS = [
  /^(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}$/,
  /^(?:ghp|gho|ghs|github_pat|glpat|hf|xox[abprs]|AKIA|AIza|SG\.)[A-Za-z0-9_.-]{12,}$/,
  /^(?:0x)?[0-9a-fA-F]{64}$/,
  /^-----BEGIN [A-Z ]*PRIVATE KEY/,
];

/** Whether a value is the kind of text that only a secret is: a key of a known make, a phrase of words, a password in an address. */
export function looksSecret(value: string): boolean {
  const text = value.slice(0, 600).trim();
  if (KNOWN_SECRETS.some((pattern) => pattern.test(text))) return !isPlaceholder(text);
  const words = text.split(/ +/);
  if ([12, 15, 18, 21, 24].includes(words.length) && words.every((word) => /^[a-z]{3,8}$/.test(word))) return true;
  const password = /^[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/@:]{0,100}:([^\s/@]{1,200})@/.exec(text)?.[1];
  return password !== undefined && !isPlaceholder(password);
}

/** How texts begin and end that ask for another in their place, by their words. */
const ASKING =
  /^(?:your(?: |$)|change ?me|change this|replace|insert |todo|tbd|fixme|placeholder|example |dummy )| (?:here|placeholder)$/;

/** What stands for a value as a whole: `<…>`, `[…]`, `{…}`, `${…}`, or nothing but signs. */
const PLACEHOLDER = /^(?:<.*>|\[.*\]|\$?\{.*\}|[xX*.\-_#?]*)$/;

/** Whether a value only shows where a value goes, such as `<your key>`, `changeme` or `xxxx`. */
export function isPlaceholder(value: string): boolean {
  const text = value.slice(0, 300).trim();
  if (PLACEHOLDER.test(text) || /\.\.\.|…|xxxx/.test(text)) return true;
  return ASKING.test(wordsOf(text).join(' '));
}

/** The type of a setting that does not say one: by its default, else by its name. */
export function typeByLooks(name: string, value: string | undefined): SettingType {
  const byValue = value === undefined ? undefined : typeOfValue(value);
  return byValue ?? typeOfName(name, value);
}

function typeOfValue(value: string): SettingType | undefined {
  const text = value.trim().slice(0, 300);
  if (/^[+-]?\d{1,18}$/.test(text)) return 'integer';
  if (/^[+-]?(?:\d{1,18}\.\d{0,18}|\.\d{1,18}|\d{1,18}(?=e))(?:e[+-]?\d{1,3})?$/i.test(text)) return 'number';
  if (/^(?:true|false)$/i.test(text)) return 'boolean';
  if (/^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(text)) return 'url';
  return /^(?:~|\.{1,2})?\/[^\s/]/.test(text) ? 'path' : undefined;
}

function typeOfName(name: string, value: string | undefined): SettingType {
  const last = wordsOf(name).at(-1) ?? '';
  if (['path', 'dir', 'directory', 'folder', 'file', 'filename'].includes(last)) return 'path';
  if (value !== undefined) return 'string';
  if (['url', 'uri'].includes(last)) return 'url';
  return last === 'port' || last === 'netuid' ? 'integer' : 'string';
}
