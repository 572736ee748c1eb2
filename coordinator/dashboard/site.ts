import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { isKnownTo } from '../gateway/etag.js';
import { preferredEncoding } from './encoding.js';
import type { Encoding } from './encoding.js';

/** Where a build puts the page, by the place of this file or of the bundle that holds it. */
const SITE_FOLDER = join(import.meta.dirname, '../../coordinator/dashboard/site');

/** The page loads what it is made of from where it is, speaks to nobody else, and nobody shows it within a page of theirs. */
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"],
  "trusted-types 'none'",
].join('; ');
const GUARDS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** What goes by the hash of what is in it is never another. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const COMPRESSED: readonly Encoding[] = ['br', 'gzip'];
const SUFFIX: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz', identity: '' };

/** One file of the page in each form that there is of it. */
export interface SiteFile {
  readonly type: string;
  readonly etag: string;
  readonly isIndex: boolean;
  readonly forms: ReadonlyMap<Encoding, Buffer>;
}

/** The files of the page, held in memory: whatever a URL says, it names one of them or nothing. */
export class Site {
  readonly #files: ReadonlyMap<string, SiteFile>;

  constructor(files: ReadonlyMap<string, SiteFile>) {
    this.#files = files;
  }

  /** Reads what a build has made; undefined where there is none, as when the coordinator runs from its sources. */
  static async open(folder: string = SITE_FOLDER): Promise<Site | undefined> {
    const names = await readdir(folder).catch(() => undefined);
    if (names === undefined) return undefined;
    const whole = names.filter((name) => extname(name) in TYPES);
    const files = await Promise.all(
      whole.map(async (name) => [pathOf(name), await readSiteFile(folder, name)] as const),
    );
    return new Site(new Map(files));
  }

  /** Answers a request for something of the page; false for any other, which is left as it is. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, url = '', headers } = request;
    const file = this.#files.get(url.split('?', 1)[0] ?? '');
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
    const encoding = preferredEncoding(headers['accept-encoding'], [...file.forms.keys()]);
    const body = file.forms.get(encoding) ?? Buffer.alloc(0);
    // One tag for each form, as each has bytes of its own.
    const etag = file.etag.replace(/"$/, `${SUFFIX[encoding]}"`);
    response.setHeaders(new Map(Object.entries(headersOf(file, etag, encoding))));
    if (isKnownTo(headers['if-none-match'], etag)) response.writeHead(304).end();
    else response.writeHead(200, { 'content-length': body.length }).end(method === 'HEAD' ? undefined : body);
    return true;
  }
}

function headersOf({ type, isIndex }: SiteFile, etag: string, encoding: Encoding): Record<string, string> {
  return {
    ...GUARDS,
    ...{ 'content-type': type, etag, vary: 'accept-encoding' },
    'cache-control': isIndex ? 'no-cache' : FOR_EVER,
    'content-security-policy': POLICY,
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  };
}

function pathOf(name: string): string {
  return name === 'index.html' ? '/' : `/assets/${name}`;
}

async function readSiteFile(folder: string, name: string): Promise<SiteFile> {
  const whole = await readFile(join(folder, name));
  const forms = new Map<Encoding, Buffer>([['identity', whole]]);
  for (const encoding of COMPRESSED) {
    const bytes = await readFile(join(folder, `${name}${SUFFIX[encoding]}`)).catch(() => undefined);
    if (bytes !== undefined) forms.set(encoding, bytes);
  }
  const digest = createHash('sha256').update(whole).digest('base64url').slice(0, 22);
  return { type: TYPES[extname(name)] ?? '', etag: `"${digest}"`, isIndex: name === 'index.html', forms };
}
