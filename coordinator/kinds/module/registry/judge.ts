import { posix } from 'node:path';
import type { ModuleFinding, ModulePin } from '../../../../common/model/module.js';
import type { ModuleSetting } from '../extract/index.js';
import type { ProfileMistake } from '../profiles/index.js';
import { runnableRoles } from './analysis.js';
import type { Analysis } from './analysis.js';

/** Folders that a module may expect of its host. */
const HOST_FOLDERS = ['/data', '/tmp', '/var/log'];
/** Where images are known to come from. */
const REGISTRIES = ['docker.io', 'ghcr.io'];
const LOWEST_PORT = 1024;
/** More would not be read. */
const MOST_FINDINGS = 200;

/** What the user of a module should know of its content, the worst first. */
export function judgeContent(pin: Pick<ModulePin, 'skippedPaths'>, analysis: Analysis): ModuleFinding[] {
  const findings = [
    ...roleFindings(analysis),
    ...pin.skippedPaths.map(({ path, why }) => skippedFinding(path, why)),
    ...analysis.extraction.warnings.map(({ code, file, line, message }) =>
      finding(code, code === 'secret_present' ? 'warning' : 'info', `${file}:${line}`, message),
    ),
    ...portFindings(analysis),
    ...analysis.extraction.settings.flatMap(pathFindings),
    ...imageFindings(analysis),
  ];
  const rank = { error: 0, warning: 1, info: 2 };
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity]).slice(0, MOST_FINDINGS);
}

function finding(code: string, severity: ModuleFinding['severity'], path: string, text: string): ModuleFinding {
  return { code, severity, path, text };
}

/** A role that is only usual need not be there, as long as another is. */
function roleFindings(analysis: Analysis): ModuleFinding[] {
  const hasRole = runnableRoles(analysis).length > 0;
  const declared = analysis.declared.value?.roles ?? {};
  const mistakes = [...analysis.roles].flatMap(([role, outcome]) => {
    const mistake: ProfileMistake | undefined = 'mistake' in outcome ? outcome.mistake : undefined;
    if (mistake === undefined) return [];
    const unusual = Object.hasOwn(declared, role) || mistake.code !== 'role_entry_missing';
    return [finding(mistake.code, hasRole && !unusual ? 'info' : 'error', '', `${mistake.text} ${mistake.remedy}`)];
  });
  // An invalid file is the same mistake of every role.
  return mistakes.filter(({ text }, at) => mistakes.findIndex((other) => other.text === text) === at);
}

function skippedFinding(path: string, why: string): ModuleFinding {
  const severity = why === 'unsafe_path' ? 'warning' : 'info';
  return finding(`skipped_${why}`, severity, path, `Left out: ${why.replaceAll('_', ' ')}.`);
}

function portFindings({ roles }: Analysis): ModuleFinding[] {
  const ports = [...roles.values()].flatMap((outcome) => ('profile' in outcome ? outcome.profile.ports : []));
  const low = new Map(ports.filter(({ port }) => port < LOWEST_PORT).map((port) => [port.port, port]));
  return [...low.values()].map(({ port, at }) =>
    finding(
      'port_privileged',
      'warning',
      at,
      `Port ${port} is one that only root may listen on; ${LOWEST_PORT} and above are for modules.`,
    ),
  );
}

/** A path as it is once all its steps are taken, so that none is disguised. */
function pathFindings({ name, type, default: preset, file, line }: ModuleSetting): ModuleFinding[] {
  if (type !== 'path' || preset === undefined || preset === '') return [];
  const resolved = posix.normalize(preset);
  if (resolved.startsWith('../') || resolved === '..')
    return [finding('path_outside', 'warning', `${file}:${line}`, `${name} leads out of the module: ${resolved}.`)];
  const inside = HOST_FOLDERS.some((folder) => resolved === folder || resolved.startsWith(`${folder}/`));
  if (!resolved.startsWith('/') || inside) return [];
  const folders = HOST_FOLDERS.join(', ');
  return [
    finding('path_outside', 'warning', `${file}:${line}`, `${name} is ${resolved}, which is not below ${folders}.`),
  ];
}

function imageFindings({ texts }: Analysis): ModuleFinding[] {
  return [...texts].flatMap(([path, text]) => (/(?:^|\/)Dockerfile[^/]*$/.test(path) ? foreignImages(path, text) : []));
}

function foreignImages(path: string, text: string): ModuleFinding[] {
  return text.split('\n').flatMap((line, at) => {
    const image = /^\s{0,16}FROM\s{1,16}(?:--platform=\S{1,64}\s{1,16})?(\S{1,300})/i.exec(line)?.[1] ?? '';
    const [first = '', ...rest] = image.split('/');
    const registry = rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
    if (REGISTRIES.includes(registry) || registry.includes('$')) return [];
    const words = `The image is built on one of ${registry}, which is none of ${REGISTRIES.join(', ')}.`;
    return [finding('image_registry_unusual', 'warning', `${path}:${at + 1}`, words)];
  });
}
