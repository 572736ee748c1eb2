import { create } from '@bufbuild/protobuf';
import {
  ModuleJob,
  ModulePinSchema,
  ModuleProfileSchema,
  ModuleSchema,
  ModuleSettingSchema,
} from '../../common/gen/headframe/v1/module_service_pb.js';
import type {
  Module,
  ModulePin as WirePin,
  ModuleProfile,
  ModuleSetting as WireSetting,
} from '../../common/gen/headframe/v1/module_service_pb.js';
import { moduleState } from '../../common/model/module.js';
import type { ModuleOrigin, ModulePin, ModuleRecord } from '../../common/model/module.js';
import { MODULE_JOB, MODULE_STATE } from '../../common/wire/client.js';
import type { ModuleSetting, RoleProfile } from '../kinds/module/index.js';

/** Puts a module on the wire. */
export function moduleToWire(record: ModuleRecord): Module {
  const { name, url, ref, origin, pin, candidate, failure, job, findings } = record;
  return create(ModuleSchema, {
    ...{ name, url, ref, findings: [...findings] },
    ...originToWire(origin),
    state: MODULE_STATE.toWire(moduleState(record)),
    job: job === undefined ? ModuleJob.UNSPECIFIED : MODULE_JOB.toWire(job.kind),
    ...(pin === undefined ? {} : { pin: pinToWire(pin) }),
    ...(candidate === undefined ? {} : { candidate: pinToWire(candidate) }),
    ...(failure === undefined ? {} : { failure: { ...failure, atMs: BigInt(failure.atMs) } }),
    createdAtMs: BigInt(record.createdAtMs),
    changedAtMs: BigInt(record.changedAtMs),
    refreshedAtMs: BigInt(record.refreshedAtMs),
    verifiedAtMs: BigInt(record.verifiedAtMs),
  });
}

function originToWire(origin: ModuleOrigin) {
  if (origin.kind === 'chain') return { network: origin.network, netuid: origin.netuid };
  if (origin.kind === 'operator') return { addedBy: origin.by };
  const { by, signer, packedBy, packedAtMs, base } = origin;
  return { addedBy: by, packaged: { signer, packedBy, packedAtMs: BigInt(packedAtMs), baseImage: base } };
}

/** The same without what only its own view has room for. */
export function moduleRowToWire(record: ModuleRecord): Module {
  const short = (pin: ModulePin | undefined) => pin && { ...pin, skippedPaths: [] };
  return moduleToWire({ ...record, findings: [], pin: short(record.pin), candidate: short(record.candidate) });
}

/** Puts a setting on the wire. */
export function settingToWire(setting: ModuleSetting): WireSetting {
  const { name, source, type, required, secret, role, choices, description, file, line } = setting;
  return create(ModuleSettingSchema, {
    ...{ name, source, type, required, secret, role: role ?? '', choices: [...choices], description, file, line },
    ...(setting.default === undefined || secret ? {} : { default: setting.default }),
  });
}

/** Puts a profile on the wire. */
export function profileToWire(profile: RoleProfile): ModuleProfile {
  const { role, entry, command, args, requirements, environment, ports, duties } = profile;
  return create(ModuleProfileSchema, {
    ...{ role, entry, command: [...command], args: [...args], requirements: [...requirements], duties: [...duties] },
    environment: environment.map(({ default: preset, ...variable }) => ({
      ...variable,
      ...(preset === undefined || variable.secret ? {} : { default: preset }),
    })),
    ports: [...ports],
  });
}

function pinToWire(pin: ModulePin): WirePin {
  const { commit, digest, bytes, files, skipped, skippedPaths, version, roles, settings, atMs } = pin;
  return create(ModulePinSchema, {
    ...{ commit, digest, files, skipped, version, roles: [...roles], skippedPaths: [...skippedPaths] },
    ...{ settings: settings.total, requiredSettings: settings.required, secretSettings: settings.secret },
    bytes: BigInt(bytes),
    fetchedAtMs: BigInt(atMs),
  });
}
