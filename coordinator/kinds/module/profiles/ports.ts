import type { ModulePort, ModuleSetting } from '../extract/index.js';
import type { RolePort } from './role-profile.js';

const CALLED = /(?:^|[._-])port$/i;
const LONGEST_NAME = 15;

/**
 * The ports that a role listens on: those of settings that are called a port and have one for a default, by the setting's
 * name, then what else the source names, by number.
 */
export function portsOf(ports: readonly ModulePort[], settings: readonly ModuleSetting[]): RolePort[] {
  const found = new Map<number, RolePort>();
  for (const { name, default: preset = '', file, line } of settings) {
    const port = CALLED.test(name) && /^\d{1,5}$/.test(preset) ? Number(preset) : 0;
    if (port >= 1 && port <= 65_535 && !found.has(port))
      found.set(port, { name: plain(name), port, at: `${file}:${line}` });
  }
  for (const { port, protocol, file, line } of ports)
    if (!found.has(port)) found.set(port, { name: `${protocol}-${port}`, port, at: `${file}:${line}` });
  return [...found.values()];
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, LONGEST_NAME);
}
