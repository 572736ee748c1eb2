import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { URLSearchParams } from 'node:url';
import { ensurePackages } from './packages.mjs';
import { BootstrapError } from './say.mjs';
import { ask } from './steps.mjs';

const PACKAGES = [
  'systemd',
  'dbus',
  'bash',
  'dash',
  'coreutils',
  'grep',
  'procps',
  'util-linux',
  'mount',
  'dpkg',
  'diffutils',
  'libc-bin',
  'base-files',
  'ca-certificates',
];
/** What a container has no use for, or no leave to run. */
const MASKED = [
  ...[
    'systemd-udevd.service',
    'systemd-udev-trigger.service',
    'systemd-udevd-kernel.socket',
    'systemd-udevd-control.socket',
  ],
  ...['systemd-modules-load.service', 'sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'sys-kernel-config.mount'],
  ...['dev-hugepages.mount', 'dev-mqueue.mount', 'sys-fs-fuse-connections.mount', 'proc-sys-fs-binfmt_misc.automount'],
  ...['console-getty.service', 'getty.target', 'systemd-logind.service', 'systemd-remount-fs.service'],
  ...['systemd-timesyncd.service', 'systemd-networkd.service', 'systemd-resolved.service', 'systemd-pstore.service'],
];
const PASSWD = `root:x:0:0:root:/root:/bin/bash
messagebus:x:100:100::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const GROUP =
  'root:x:0:\nadm:x:4:\ntty:x:5:\nutmp:x:43:\nmessagebus:x:100:\nsystemd-journal:x:101:\nnogroup:x:65534:\n';
const RECIPE = 1;
const SKIPPED = /^\/usr\/(?:share\/(?:doc|man|locale|info|bash-completion|zoneinfo|perl)|lib\/(?:udev\/hwdb|modules))/;

/**
 * Makes an image that boots systemd out of this machine's own Debian packages and its own node, from no registry. One that
 * is there of the same versions is kept.
 * @param {string} socketPath
 * @param {string} tag
 */
export async function buildSystemdImage(socketPath, tag) {
  await ensurePackages(PACKAGES);
  const packages = await closure(PACKAGES);
  const digest = createHash('sha256')
    .update(JSON.stringify([RECIPE, process.version, [...packages].map(([name, { version }]) => [name, version])]))
    .digest('hex');
  const known = await call(socketPath, 'GET', `/images/${encodeURIComponent(tag)}/json`);
  if (known.status === 200 && known.text.includes(digest)) return;
  const folder = await mkdtemp(join(tmpdir(), 'headframe-systemd-'));
  try {
    await writeOwn(folder);
    await importTar(socketPath, { tag, digest }, folder, await filesOf([...packages.keys()]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {readonly string[]} roots */
async function closure(roots) {
  const installed = await installedPackages();
  /** @type {Map<string, { name: string, version: string, needs: string[] }>} */
  const found = new Map();
  const left = [...roots];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const one = installed.get(name);
    if (one === undefined || found.has(one.name) || /^(perl|python)/.test(one.name)) continue;
    found.set(one.name, one);
    left.push(...one.needs);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function installedPackages() {
  const format = '${Package}\t${Version}\t${Provides}\t${Pre-Depends}, ${Depends}\n';
  const lines = ((await ask('dpkg-query', ['-W', '-f', format])) ?? '').split('\n');
  /** @type {Map<string, { name: string, version: string, needs: string[] }>} */
  const installed = new Map();
  for (const line of lines) {
    const [name = '', version = '', provides = '', depends = ''] = line.split('\t');
    const needs = depends.split(/[,|]/).map(bare).filter(Boolean);
    for (const alias of [name, ...provides.split(',').map(bare)])
      if (alias !== '' && !installed.has(alias)) installed.set(alias, { name, version, needs });
  }
  return installed;
}

/** @param {string} relation such as `libc6:any (>= 2.34)` */
function bare(relation) {
  return relation.trim().replace(/[ :(].*$/s, '');
}

/** @param {readonly string[]} packages */
async function filesOf(packages) {
  const listed = ((await ask('dpkg', ['-L', ...packages])) ?? '').split('\n');
  const libraries = ((await ask('ldd', [process.execPath])) ?? '').match(/\/\S+/g) ?? [];
  const extra = [
    '/bin',
    '/sbin',
    '/lib',
    '/lib64',
    '/etc/ld.so.cache',
    '/etc/ld.so.conf',
    '/etc/ssl/certs/ca-certificates.crt',
  ];
  const files = new Set();
  for (const path of [...extra, ...listed, ...libraries.flatMap((path) => [path, realpathSync(path)])]) {
    if (!path.startsWith('/') || path === '/.' || SKIPPED.test(path) || !existsAsSuch(path)) continue;
    // Where /lib is a link to /usr/lib, packages still name the former.
    files.add(join(realpathSync(dirname(path)), basename(path)));
  }
  return [...files].filter((path) => !/^\/(proc|sys|dev|run|tmp)\//.test(path)).sort();
}

/** @param {string} path */
function existsAsSuch(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** @param {string} folder */
async function writeOwn(folder) {
  const units = join(folder, 'etc/systemd/system');
  await mkdir(units, { recursive: true });
  for (const name of MASKED) await symlink('/dev/null', join(units, name));
  await symlink('/lib/systemd/system/multi-user.target', join(units, 'default.target'));
  const texts = {
    passwd: PASSWD,
    group: GROUP,
    'machine-id': '',
    'nsswitch.conf': 'passwd: files systemd\ngroup: files systemd\nhosts: files dns\n',
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, 'etc', name), text);
  for (const name of ['root', 'tmp', 'proc', 'sys', 'dev', 'run', 'var/tmp', 'var/log/journal'])
    await mkdir(join(folder, name), { recursive: true });
  if (existsSync('/var/run')) await symlink('/run', join(folder, 'var/run'));
}

/**
 * @param {string} socketPath @param {{ tag: string, digest: string }} image @param {string} folder @param {readonly string[]} files
 */
async function importTar(socketPath, { tag, digest }, folder, files) {
  // The engine takes no path twice.
  const own = await readdir(folder, { recursive: true });
  const args = ['--numeric-owner', '--no-recursion', '--ignore-failed-read', '-c', '--null', '--verbatim-files-from'];
  const list = files
    .map((path) => path.slice(1))
    .filter((path) => path !== '' && !own.includes(path) && `/${path}` !== process.execPath);
  await writeFile(join(folder, 'list'), list.join('\0'));
  const node = ['--recursion', '--transform', 'flags=r;s|^.*/bin/node$|usr/local/bin/node|', process.execPath.slice(1)];
  const tar = spawn(
    'tar',
    [
      '-C',
      '/',
      ...args,
      '-T',
      join(folder, 'list'),
      ...node,
      '-C',
      folder,
      'etc',
      'root',
      'tmp',
      'proc',
      'sys',
      'dev',
      'run',
      'var',
    ],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const changes = ['ENV container=docker LC_ALL=C', `LABEL headframe.recipe=${digest}`, 'CMD ["/lib/systemd/systemd"]'];
  const [repo = '', version = ''] = tag.split(':');
  const query = new URLSearchParams({ fromSrc: '-', repo, tag: version });
  for (const change of changes) query.append('changes', change);
  const { status, text } = await call(socketPath, 'POST', `/images/create?${query.toString()}`, tar.stdout);
  tar.kill(); // an engine that refuses does not read to the end
  if (status !== 200 || text.includes('"error"')) throw new BootstrapError(`${tag} was not built: ${text}`);
}

/**
 * @param {string} socketPath @param {string} method @param {string} path @param {import('node:stream').Readable} [body]
 * @returns {Promise<{ status: number, text: string }>}
 */
function call(socketPath, method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/x-tar' } : {};
    const sent = request({ socketPath, path, method, headers, signal: AbortSignal.timeout(60_000) }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    if (body) body.pipe(sent);
    else sent.end();
  });
}
