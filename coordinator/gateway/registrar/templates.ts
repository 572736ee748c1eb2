import { stringify } from 'yaml';
import type { Module, ModuleProfile, ModuleVariable } from '../../../common/gen/headframe/v1/module_service_pb.js';
import { SEED_LIMITS } from '../seed-limits.js';
import { moduleTypeOf } from './listed-module.js';

/** The module's config.yaml: how it runs in each of its roles, as found in its pinned content. */
export function configYaml({ name, pin }: Module, profiles: readonly ModuleProfile[]): string {
  const { version = '', commit = '', digest = '', roles = [] } = pin ?? {};
  return stringify({
    module: { name, version, commit, digest, module_type: moduleTypeOf(roles) },
    roles: Object.fromEntries(profiles.map((profile) => [profile.role, roleConfig(profile)])),
    resources: SEED_LIMITS,
  });
}

function roleConfig({ entry, command, args, requirements, environment, ports, duties }: ModuleProfile) {
  return {
    ...{ entry, command, args, requirements, duties },
    ports: ports.map(({ name, port }) => ({ name, port })),
    environment: environment.map(({ name, required, secret, default: preset, at }) => ({
      ...{ name, required, secret },
      ...(preset === undefined || secret ? {} : { default: preset }),
      at,
    })),
  };
}

/**
 * The module's .env.example: a section a role, so that what one role calls its own is not taken for another's. Of secrets
 * there is a name and no value.
 */
export function envTemplate(profiles: readonly ModuleProfile[]): string {
  return profiles
    .map(({ role, environment }) => [`# Role ${role}`, ...environment.map(lineOf), ''].join('\n'))
    .join('\n');
}

function lineOf({ name, required, secret, default: preset, description, at }: ModuleVariable): string {
  const marks = [required ? 'required' : 'optional', ...(secret ? ['secret'] : []), at].filter((mark) => mark !== '');
  const about = description === '' ? '' : ` ${printable(description)}`;
  const value = preset === undefined || secret ? '' : quoted(preset);
  // A name that a shell or another reader would take for more than a name stays a remark.
  const line = /^[A-Za-z_]\w*$/.test(name) ? `${name}=${value}` : `# ${printable(name)}=${value}`;
  return `#${about} (${marks.map(printable).join(', ')})\n${line}`;
}

/** On one line, whatever the repository says. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

function quoted(value: string): string {
  if (/^[\w@%+=:,./-]*$/.test(value)) return value;
  return `'${printable(value).replaceAll("'", `'\\''`)}'`;
}
