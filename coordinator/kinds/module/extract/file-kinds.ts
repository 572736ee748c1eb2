/** How a file of a module is read. */
export type FileKind =
  | 'python'
  | 'dotenv'
  | 'ini'
  | 'yaml'
  | 'toml'
  | 'pyproject'
  | 'compose'
  | 'dockerfile'
  | 'procfile'
  | 'package-json'
  | 'requirements';

/** Folders whose content is not the module's own, or not part of what runs. */
const FOREIGN = new Set(
  (
    'node_modules venv env3 site-packages dist-packages __pycache__ build dist vendor third_party docs doc test tests ' +
    'charts helm grafana prometheus migrations locales'
  ).split(' '),
);

/** Configuration of tools, by name without ending. */
const OF_TOOLS =
  /^(?:mkdocs|min_compute|codecov|_config|action|environment|conda|meta|renovate|dependabot|alembic|tox|pytest|mypy|flake8|pylint|pylintrc|setup|ruff|\w+\.lock|poetry|pdm|uv|pipfile|cargo|taplo|netlify|fly|vercel|wrangler|rust-toolchain|rustfmt|clippy|deny|logging|pnpm-lock|pnpm-workspace|prometheus|datasource|dashboard|openapi|swagger|circle|azure-pipelines|bandit|pre-commit-config|readthedocs|mint|typos|cliff)$/;

/** How a file is read, by its path; undefined for one that tells nothing of settings. */
export function fileKind(path: string): FileKind | undefined {
  const parts = path.split('/');
  const name = (parts.pop() ?? '').toLowerCase();
  if (path.length > 500 || parts.length > 12 || parts.some(isForeign)) return undefined;
  if (name.endsWith('.py')) return 'python';
  if (parts.at(-1) === 'requirements' && name.endsWith('.txt')) return 'requirements';
  return byWholeName(name) ?? byEnding(name);
}

/** Whether a folder's content is looked at. */
export function isOwnFolder(name: string): boolean {
  return !isForeign(name);
}

function isForeign(name: string): boolean {
  return name.startsWith('.') || FOREIGN.has(name.toLowerCase()) || name.endsWith('.egg-info');
}

function byWholeName(name: string): FileKind | undefined {
  if (name === 'pyproject.toml') return 'pyproject';
  if (name === 'package.json') return 'package-json';
  if (name === 'procfile') return 'procfile';
  if (name === 'dockerfile' || name.startsWith('dockerfile.') || name.endsWith('.dockerfile')) return 'dockerfile';
  if (/^(?:docker-)?compose[\w.-]{0,60}\.ya?ml$/.test(name)) return 'compose';
  if (/^[\w.-]{0,60}requirements?[\w.-]{0,60}\.(?:txt|in)$/.test(name)) return 'requirements';
  return /^\.?env(?:$|[._-])|\.env$|\.env\.(?:example|sample|template|dist|default)s?$/.test(name)
    ? dotenvOf(name)
    : undefined;
}

/** `.env`, `.env.example`, `env.sample`, `miner.env`; `env.py` and the like are none. */
function dotenvOf(name: string): FileKind | undefined {
  return /\.(?:py|js|ts|sh|md|ya?ml|json|toml|ini|cfg|txt)$/.test(name) ? undefined : 'dotenv';
}

function byEnding(name: string): FileKind | undefined {
  const [, stem = '', ending] = /^(.*)\.(ya?ml|toml|ini|cfg)$/.exec(name) ?? [];
  if (ending === undefined || stem.startsWith('.') || OF_TOOLS.test(stem)) return undefined;
  if (ending === 'toml') return 'toml';
  return ending === 'ini' || ending === 'cfg' ? 'ini' : 'yaml';
}
