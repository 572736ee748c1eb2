import { readCompose } from './compose.js';
import { readDockerfile } from './dockerfile.js';
import { readDotenv } from './dotenv.js';
import { fileKind } from './file-kinds.js';
import type { FileKind } from './file-kinds.js';
import { Findings } from './findings.js';
import { readIni } from './ini.js';
import { LIMITS } from './limits.js';
import { mergeFindings } from './merge.js';
import { readPyproject } from './pyproject.js';
import { readPython } from './python/index.js';
import { readPackageJson, readProcfile } from './scripts.js';
import type { Extraction, ModuleEntry, ModulePort, RequirementsFile } from './setting.js';
import { SourceText, byText, shown } from './source-text.js';
import { readTomlConfig } from './toml-config.js';
import { roleOfPath } from './words.js';
import { readYamlConfig } from './yaml-config.js';

/**
 * Reads what a module lets its operator set from its source: text by path, relative to the repository, with `/`. Nothing is
 * run and nothing thrown: what cannot be read is among the warnings. The work is bounded whatever the files hold.
 */
export function extract(files: ReadonlyMap<string, string>): Extraction {
  const findings = new Findings();
  const sources = sourcesOf(files, findings);
  const requirements: RequirementsFile[] = [];
  const python = new Map<string, SourceText>();
  for (const [source, kind] of sources) {
    if (kind === 'python') python.set(source.path, source);
    else if (kind === 'requirements') requirements.push({ file: source.path, role: roleOfPath(source.path) });
    else READERS[kind](source, findings);
  }
  readPython(python, findings);
  const settings = mergeFindings(findings);
  return {
    settings,
    ports: portsOf(findings, settings),
    entries: findings.entries.sort(byRoleAndPlace),
    facts: {
      python: findings.python === undefined ? undefined : shown(findings.python, LIMITS.name),
      dependencies: findings.dependencies,
      requirements: requirements.slice(0, LIMITS.facts),
      buildArguments: findings.buildArguments,
    },
    warnings: findings.warnings.sort(byPlace),
  };
}

const READERS: Readonly<
  Record<Exclude<FileKind, 'python' | 'requirements'>, (source: SourceText, findings: Findings) => void>
> = {
  dotenv: readDotenv,
  ini: readIni,
  yaml: readYamlConfig,
  toml: readTomlConfig,
  pyproject: readPyproject,
  compose: readCompose,
  dockerfile: readDockerfile,
  procfile: readProcfile,
  'package-json': readPackageJson,
};

/** The files that tell something, as far as the limits go: those nearest the top first, then by path. */
function sourcesOf(files: ReadonlyMap<string, string>, findings: Findings): [SourceText, FileKind][] {
  const known = [...files.keys()].flatMap((path): [string, FileKind][] => {
    const kind = fileKind(path);
    return kind === undefined ? [] : [[path, kind]];
  });
  known.sort(([a], [b]) => depthOf(a) - depthOf(b) || byText(a, b));
  const sources: [SourceText, FileKind][] = [];
  const left: Record<'all' | 'config', number> = { all: LIMITS.totalChars, config: LIMITS.configChars };
  for (const [path, kind] of known) {
    const text = files.get(path) ?? '';
    const place = { file: shown(path, 500), line: 1 };
    if (sources.length >= LIMITS.files || text.length > left.all) {
      findings.warn('limit_reached', place, 'the module is larger than what is read: further files are left out');
      break;
    }
    if (text.length > LIMITS.fileChars)
      findings.warn('file_too_large', place, `more than ${LIMITS.fileChars} characters: not read`);
    else if (kind !== 'python' && text.length > left.config)
      findings.warn('limit_reached', place, `more than ${LIMITS.configChars} characters of configuration: not read`);
    else if (text.includes('\0')) findings.warn('not_text', place, 'this file is not text in UTF-8');
    else {
      if (text.includes('\uFFFD')) findings.warn('not_text', place, 'parts of this file are not UTF-8');
      left.all -= text.length;
      if (kind !== 'python') left.config -= text.length;
      sources.push([new SourceText(place.file, text), kind]);
    }
  }
  return sources;
}

function depthOf(path: string): number {
  return path.split('/').length;
}

/** Ports that files name, and those that settings have as their default. */
function portsOf(findings: Findings, settings: Extraction['settings']): ModulePort[] {
  for (const { name, type, default: value, role, file, line } of settings)
    if (
      type === 'integer' &&
      /(?:^|[^a-z])port$/i.test(name) &&
      !/external|remote|db|redis|smtp|metrics_push/i.test(name)
    )
      findings.port({ port: Number(value), protocol: 'tcp', role, file, line });
  return findings.ports.sort((a, b) => a.port - b.port || byRoleAndPlace(a, b));
}

function byRoleAndPlace(a: ModuleEntry | ModulePort, b: ModuleEntry | ModulePort): number {
  return byText(a.role ?? '', b.role ?? '') || byPlace(a, b);
}

function byPlace(a: { file: string; line: number }, b: { file: string; line: number }): number {
  return byText(a.file, b.file) || a.line - b.line;
}
