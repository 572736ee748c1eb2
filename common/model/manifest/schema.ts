import { z } from 'zod';
import type { ContainerSpec, HealthCheck, MinerSpec } from '../miner.js';
import { modelHealth } from '../model-health.js';
import type { ModelSpec } from '../model-spec.js';
import { identityOfHotkey } from '../module-spec.js';
import { DEFAULT_NAMESPACE } from '../namespace.js';
import { PRIORITY_CLASSES, PRIORITY_RANGE } from '../priority.js';
import { SPACE_HEALTH, spaceContainer } from '../space-container.js';
import type { SpaceSpec } from '../space-spec.js';
import type { PriorityClass } from '../priority.js';
import { bytesField, cpuField, durationField } from '../schema/amounts.js';
import { labelsField } from '../schema/labels.js';
import { strictObject } from '../schema/strict-object.js';
import { autoscaleField } from './autoscale.js';
import { containerField, containerOf } from './container.js';
import { LIMITS } from './limits.js';
import { modelField, withModelPort } from './model.js';
import { moduleField } from './module.js';
import { affinityField, constraintField, strategyField } from './placement.js';
import { checkRules } from './rules.js';
import { onePerHost, spaceField } from './space.js';
import { healthField, restartField } from './supervision.js';
import { nameField } from './texts.js';
import { defaultMaxFailures, retryField, updateField } from './update.js';

// The keys of a constant object are exactly its type's keys.
const priorityNames = Object.keys(PRIORITY_CLASSES) as PriorityClass[];

const priorityField = z.union(
  [
    z.int().min(PRIORITY_RANGE.min).max(PRIORITY_RANGE.max),
    z.enum(priorityNames).transform((name) => PRIORITY_CLASSES[name]),
  ],
  { error: `a whole number from 0 to 1000 or one of ${priorityNames.join(', ')}` },
);

const resourcesField = strictObject({
  cpu: cpuField(LIMITS.cpuMillis).prefault('2').describe('CPUs; a hard limit.'),
  memory: bytesField(LIMITS.memoryBytes).prefault('512MiB').describe('Memory; a hard limit, without swap beyond it.'),
  disk: bytesField(LIMITS.diskBytes).prefault('5GiB').describe('Disk for the writable layer and volumes.'),
  gpus: z.int().min(0).max(LIMITS.gpus).prefault(0).describe('Number of whole GPUs.'),
  pids: z
    .int()
    .min(0)
    .max(LIMITS.pids)
    .prefault(0)
    .describe("Largest number of processes and threads; 0 leaves the agent's default of 4096."),
});

const identityField = z
  .string()
  .max(LIMITS.identity)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, 'a key name of letters, digits and . _ : / -');

/** Models and scanners of plots answer at ports of their own, and are asked for their health there unless the manifest says otherwise. */
function reached(
  container: ContainerSpec,
  health: HealthCheck | undefined,
  { model, space }: { readonly model: ModelSpec | undefined; readonly space: SpaceSpec | undefined },
): Pick<MinerSpec, 'container' | 'health' | 'model'> {
  if (model === undefined) return { container, health: health ?? (space === undefined ? undefined : SPACE_HEALTH) };
  return { container: withModelPort(container, model), health: health ?? modelHealth(model.port), model };
}

/**
 * A manifest as people write it, and what it is parsed to: a spec with every default filled in. Whether the sections go with
 * the kind is asked elsewhere.
 */
export const manifestSchema: z.ZodType<MinerSpec> = strictObject({
  kind: z
    .enum(['container', 'module', 'model', 'space'])
    .describe(
      'What the miner is made of: an image, a module of the registry in one of its roles, a model that comes as a Dockerfile, or plots on disks of hosts.',
    ),
  name: nameField.describe('Name of the miner, unique in the fleet.'),
  namespace: nameField
    .prefault(DEFAULT_NAMESPACE)
    .describe('Namespace whose quota its instances count for; it has to exist.'),
  labels: labelsField.prefault({}).describe('Labels of the miner, for selecting and grouping.'),
  priority: priorityField
    .prefault('normal')
    .describe('Higher goes first: critical 900, high 700, normal 500, low 300, background 100.'),
  replicas: z
    .int()
    .min(0)
    .max(LIMITS.replicas)
    .prefault(1)
    .describe('Wanted number of running instances; with `autoscale` the number that it begins with.'),
  autoscale: autoscaleField.optional().describe('Has the number of replicas follow the load.'),
  container: containerField
    .optional()
    .describe('What each instance runs; of the kinds `module` and `model` ports, mounts and the like alone.'),
  module: moduleField.optional().describe('Of the kind `module`: which module, and how it runs.'),
  model: modelField.optional().describe('Of the kind `model`: what it is built of, and the port at which it answers.'),
  space: spaceField.optional().describe('Of the kind `space`: whose plots are mined with, and by which node.'),
  resources: resourcesField.prefault({}).describe('What each instance takes of a host.'),
  constraints: z
    .array(constraintField)
    .max(LIMITS.constraints)
    .prefault([])
    .describe('Tests that must all hold on a host.'),
  affinities: z.array(affinityField).max(LIMITS.affinities).prefault([]).describe('Wishes with weights.'),
  strategy: strategyField
    .prefault('balance')
    .describe('How instances are laid over hosts; a kind alone, or a mapping.'),
  health: healthField
    .optional()
    .describe(
      'Health check with exactly one of http, tcp, exec and image; a model has one of its /health without it, a space miner one of its port.',
    ),
  restart: restartField
    .prefault('always')
    .describe('When and how fast an ended container is started again; a condition alone, or a mapping.'),
  onDisconnect: z
    .enum(['keep', 'stop'])
    .optional()
    .describe(
      'What an agent does with an instance once its host lease has expired; keep, but stop for a miner with an identity.',
    ),
  identity: identityField
    .optional()
    .describe('Name of an exclusive key, such as a hotkey: no two live instances of the fleet ever hold the same one.'),
  stopGrace: durationField(LIMITS.stopGraceMs).prefault('10s').describe('Time between the stop signal and the kill.'),
  pullPolicy: z
    .enum(['ifNotPresent', 'always', 'never'])
    .prefault('ifNotPresent')
    .describe('When the image is pulled.'),
  update: updateField.prefault({}).describe('How a changed spec reaches the instances.'),
  retry: retryField.prefault({}).describe('When the miner is given up after failures.'),
})
  .transform((written): MinerSpec => {
    const { container, module, model, space, resources, identity, onDisconnect, stopGrace, retry, ...rest } = written;
    const ofHotkey = module?.chain && identityOfHotkey(module.chain);
    const held = identity ?? ofHotkey ?? '';
    const given = space === undefined ? containerOf(container ?? containerField.parse({})) : spaceContainer(space);
    return {
      ...rest,
      ...reached(given, rest.health, { model, space }),
      ...(module === undefined ? {} : { module }),
      ...(space === undefined ? {} : { space, strategy: onePerHost(rest.strategy) }),
      resources: {
        cpuMillis: resources.cpu,
        memoryBytes: resources.memory,
        diskBytes: resources.disk,
        gpus: resources.gpus,
        pids: resources.pids,
      },
      autoscale: rest.autoscale,
      identity: held,
      onDisconnect: onDisconnect ?? (held === '' ? 'keep' : 'stop'),
      stopGraceMs: stopGrace,
      retry: { maxFailures: retry.maxFailures ?? defaultMaxFailures(rest.priority), windowMs: retry.window },
    };
  })
  .superRefine(checkRules);
