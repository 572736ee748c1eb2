import type { HostRecord } from '../../common/model/host.js';
import { hostLabels } from '../../common/model/host.js';
import type { Constraint, Labels } from '../../common/model/miner.js';
import type { ReportedPlotFolder } from '../../common/model/plot-folder.js';
import { CHALLENGE_TYPES } from '../../common/model/verdict.js';
import { abilitiesOf } from './ability.js';
import type { Ability } from './ability.js';
import { holdsOfPlots, isOfPlots } from './plot-affinity.js';

/** The attribute that tells what of a host is proven. */
const VERIFIED = 'host.verified';

/** What constraints and affinities can see of a host. */
export interface HostAttributes {
  readonly id: string;
  readonly name: string;
  readonly arch: string;
  readonly os: string;
  readonly runtime: string;
  /** What its agent can do that some instances ask for. */
  readonly abilities: readonly Ability[];
  /** What of it is proven, as `host.verified` has it, in the order of `CHALLENGE_TYPES`. */
  readonly verified: readonly string[];
  readonly labels: Labels;
  /** Folders of plots; they differ from host to host and are of no class. Undefined where none are reported. */
  readonly plotFolders: readonly ReportedPlotFolder[] | undefined;
}

/** The attributes of a recorded host. */
export function attributesOf(host: HostRecord): HostAttributes {
  const { arch, os } = host.description;
  return {
    id: host.id,
    name: host.name,
    arch,
    os,
    runtime: host.runtime,
    abilities: abilitiesOf(host),
    verified: CHALLENGE_TYPES.filter((type) => host.verification?.verified[type] !== undefined),
    labels: hostLabels(host),
    plotFolders: host.plotFolders,
  };
}

/** The value of an attribute, such as `labels.zone` or `host.arch`; undefined when the host has none. */
function attributeValue(host: HostAttributes, attribute: string): string | undefined {
  if (attribute.startsWith('labels.')) return labelValue(host, attribute.slice('labels.'.length));
  switch (attribute) {
    case 'host.id':
      return host.id;
    case 'host.name':
      return host.name;
    case 'host.arch':
      return host.arch;
    case 'host.os':
      return host.os;
    case 'host.runtime':
      return host.runtime;
    default:
      return undefined;
  }
}

/** The value of a label; undefined when the host does not bear it. */
export function labelValue(host: HostAttributes, key: string): string | undefined {
  return Object.hasOwn(host.labels, key) ? host.labels[key] : undefined;
}

/** Whether a constraint holds on a host. `notIn` holds where the attribute is missing, comparisons only between numbers. */
export function holds(constraint: Constraint, host: HostAttributes): boolean {
  if (constraint.attribute === VERIFIED) return holdsOfVerified(constraint, host.verified);
  if (isOfPlots(constraint)) return holdsOfPlots(constraint, host.plotFolders);
  const value = attributeValue(host, constraint.attribute);
  switch (constraint.operator) {
    case 'in':
      return value !== undefined && constraint.values.includes(value);
    case 'notIn':
      return value === undefined || !constraint.values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'notExists':
      return value === undefined;
    case 'greater':
      return numberOf(value) > numberOf(constraint.values[0]);
    case 'less':
      return numberOf(value) < numberOf(constraint.values[0]);
  }
}

/** Of what is proven, `in` wants all values and `notIn` none; comparisons never hold, and manifests cannot ask for them. */
function holdsOfVerified({ operator, values }: Constraint, verified: readonly string[]): boolean {
  switch (operator) {
    case 'in':
      return values.every((value) => verified.includes(value));
    case 'notIn':
      return !values.some((value) => verified.includes(value));
    case 'exists':
      return verified.length > 0;
    case 'notExists':
      return verified.length === 0;
    case 'greater':
    case 'less':
      return false;
  }
}

/** Whether a constraint looks at what differs from host to host, so that no verdict holds for a class of hosts. */
export function isPerHost(constraint: Constraint): boolean {
  return constraint.attribute === 'host.id' || constraint.attribute === 'host.name' || isOfPlots(constraint);
}

function numberOf(text: string | undefined): number {
  // NaN compares false either way.
  return text === undefined || text.trim() === '' ? Number.NaN : Number(text);
}
