import { create } from '@bufbuild/protobuf';
import {
  AffinitySchema,
  ConstraintSchema,
  ContainerSectionSchema,
  MinerSpecSchema,
} from '../gen/headframe/v1/miner_pb.js';
import type {
  Constraint as WireConstraint,
  LeaseSection,
  MinerSpec as WireMinerSpec,
} from '../gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../model/error.js';
import type { FieldViolation } from '../model/error.js';
import { parseDocuments } from '../model/manifest/index.js';
import type { Constraint, MinerSpec } from '../model/miner.js';
import { autoscaleToWire } from './autoscale.js';
import { containerToWire } from './container-section.js';
import { ON_DISCONNECT, OPERATOR, PULL_POLICY, STRATEGY_KIND } from './enums.js';
import { leaseFromWire, leaseSectionToWire } from './lease-section.js';
import { manifestOfWire } from './miner-manifest.js';
import { modelToWire } from './model-section.js';
import { moduleToWire } from './module-section.js';
import { resourcesToWire } from './resources.js';
import { spaceToWire } from './space-section.js';
import { healthToWire, restartToWire } from './supervision.js';
import { retryToWire, updateToWire } from './update.js';

/** Puts a spec on the wire, every field set. */
export function minerSpecToWire(spec: MinerSpec): WireMinerSpec {
  const { kind, name, priority, replicas, identity, stopGraceMs } = spec;
  return create(MinerSpecSchema, {
    kind,
    name,
    namespace: spec.namespace,
    labels: { ...spec.labels },
    priority,
    replicas,
    ...(spec.autoscale === undefined ? {} : { autoscale: autoscaleToWire(spec.autoscale) }),
    resources: resourcesToWire(spec.resources),
    constraints: spec.constraints.map(constraintToWire),
    affinities: spec.affinities.map(({ weight, ...constraint }) =>
      create(AffinitySchema, { weight, constraint: constraintToWire(constraint) }),
    ),
    strategy: { ...spec.strategy, kind: STRATEGY_KIND.toWire(spec.strategy.kind) },
    ...(spec.health === undefined ? {} : { health: healthToWire(spec.health) }),
    restart: restartToWire(spec.restart),
    onDisconnect: ON_DISCONNECT.toWire(spec.onDisconnect),
    identity,
    stopGraceMs,
    pullPolicy: PULL_POLICY.toWire(spec.pullPolicy),
    update: updateToWire(spec.update),
    retry: retryToWire(spec.retry),
    section: sectionOf(spec),
  });
}

/**
 * Reads specs by the manifest's own schema: unset fields take its defaults. Throws HeadframeError (invalid_argument,
 * manifest_invalid) with everything wrong in any of them; `document` is `miners[<index>]`, paths are the manifest's.
 */
export function minerSpecsFromWire(messages: readonly WireMinerSpec[]): readonly MinerSpec[] {
  const documents = messages.map((message, index) => ({ name: `miners[${index}]`, data: manifestOfWire(message) }));
  const parsed = parseDocuments(documents);
  if ('violations' in parsed) throw manifestInvalid(parsed.violations);
  return parsed.specs;
}

/** Reads one spec as `minerSpecsFromWire` does, also that of a lease, which nobody applies. */
export function minerSpecFromWire(message: WireMinerSpec | undefined): MinerSpec {
  if (message?.section.case === 'lease') return leaseMinerFromWire(message, message.section.value);
  const [spec] = minerSpecsFromWire([message ?? create(MinerSpecSchema)]);
  if (spec === undefined) throw manifestInvalid([]);
  return spec;
}

/** The refusal of manifests, with all that is wrong with them. */
export function manifestInvalid(violations: readonly FieldViolation[]): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'manifest_invalid',
    message: `${violations.length} ${violations.length === 1 ? 'value is' : 'values are'} not valid`,
    remedy: 'Correct them and apply again; nothing was applied. docs/manifest.md has every field.',
    violations,
  });
}

function leaseMinerFromWire(message: WireMinerSpec, section: LeaseSection): MinerSpec {
  const value = section.container ?? create(ContainerSectionSchema);
  const spec = minerSpecFromWire({ ...message, kind: 'container', section: { case: 'container', value } });
  return { ...spec, kind: 'lease', lease: leaseFromWire(section) };
}

function sectionOf({ module, model, space, lease, container }: MinerSpec): WireMinerSpec['section'] {
  if (lease !== undefined) return { case: 'lease', value: leaseSectionToWire(lease, container) };
  if (module !== undefined) return { case: 'module', value: moduleToWire(module, container) };
  if (model !== undefined) return { case: 'model', value: modelToWire(model, container) };
  if (space !== undefined) return { case: 'space', value: spaceToWire(space) };
  return { case: 'container', value: containerToWire(container) };
}

function constraintToWire({ attribute, operator, values }: Constraint): WireConstraint {
  return create(ConstraintSchema, { attribute, operator: OPERATOR.toWire(operator), values: [...values] });
}
