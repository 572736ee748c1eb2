import { HeadframeError } from '../../../../common/model/error.js';
import type { FieldViolation } from '../../../../common/model/error.js';
import type { ModuleRecord } from '../../../../common/model/module.js';
import { PACKAGE_REASONS } from '../../../../common/model/package-reasons.js';
import type { ProfileMistake } from '../profiles/index.js';
import { classed } from '../source/index.js';

/** There is no such module. */
export function noSuchModule(name: string, suggestion: string | undefined): HeadframeError {
  const meant = suggestion === undefined ? '' : `Did you mean ${suggestion}? `;
  return new HeadframeError({
    ...{ code: 'not_found', reason: 'module_not_found', message: `there is no module ${name.slice(0, 80)}` },
    remedy: `${meant}headframe modules ls shows all, headframe modules add makes one.`,
    metadata: classed(false),
  });
}

/** A name is taken. */
export function moduleExists({ name, url }: ModuleRecord): HeadframeError {
  return new HeadframeError({
    ...{ code: 'already_exists', reason: 'module_exists', message: `there is a module ${name}, of ${url}` },
    remedy: 'Choose another name, or headframe modules rm the one that is there.',
    metadata: { module: name, url, ...classed(false) },
  });
}

/** The registry is full. */
export function tooManyModules(most: number): HeadframeError {
  return new HeadframeError({
    ...{ code: 'resource_exhausted', reason: 'too_many_modules', message: `there are ${most} modules already` },
    remedy: 'Remove those that are not needed with headframe modules rm.',
    metadata: classed(false),
  });
}

/** Something else is being done for the module. */
export function moduleBusy({ name, job }: ModuleRecord): HeadframeError {
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason: 'module_busy' },
    message: `module ${name} is busy: ${job?.kind ?? 'fetch'} is under way`,
    remedy: 'Ask again when that is over; headframe modules show tells.',
    metadata: classed(true),
  });
}

/** A module of which nobody asks the origin. */
export function moduleFromPackage({ name }: ModuleRecord): HeadframeError {
  const reason = 'module_from_package';
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason, message: `module ${name} was installed from a package` },
    remedy: PACKAGE_REASONS[reason].remedy,
    metadata: { module: name, ...classed(false) },
  });
}

/** A module without content cannot be looked into. */
export function moduleNotReady({ name, failure, job }: ModuleRecord): HeadframeError {
  const why = job === undefined ? (failure?.text ?? 'it has no content') : 'it is being fetched';
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason: 'module_not_ready', message: `module ${name} cannot be used: ${why}` },
    remedy: job === undefined ? (failure?.remedy ?? '') : 'Wait: headframe modules show tells when it is there.',
    metadata: classed(job !== undefined || failure?.retry === true),
  });
}

/** The module cannot run as a role; says what was found instead. */
export function roleUnusable(role: string, { code, text, remedy, found, violations }: ProfileMistake): HeadframeError {
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason: code, message: text, remedy, violations },
    metadata: { role, found: found.join(', ').slice(0, 1_000), ...classed(false) },
  });
}

/** A request that is refused for its values. */
export function requestRefused(violations: readonly FieldViolation[]): HeadframeError {
  return new HeadframeError({
    ...{ code: 'invalid_argument', reason: 'request_invalid', violations },
    message: violations.map(({ path, expected }) => `${path}: expected ${expected}`).join('; '),
    remedy: violations.find(({ remedy }) => remedy !== undefined)?.remedy ?? 'Correct what is named and ask again.',
    metadata: classed(false),
  });
}
