import type { Module } from '../../../common/gen/headframe/v1/module_service_pb.js';
import { MODULE_STATE } from '../../../common/wire/client.js';

/** A module's type as the seed has it, which knew no miners. */
export type SeedModuleType = 'Validator' | 'Miner' | 'Observer';

/** A module as `GET /api/subnet-modules` lists it. */
export interface ListedModule {
  readonly name: string;
  readonly module_type: SeedModuleType;
  /** `fetching`, `ready`, `failed` or `stale`. */
  readonly status: string;
  readonly roles: readonly string[];
}

/** The seed has one type where we have roles: a validator's before a miner's, and what has neither observes. */
export function moduleTypeOf(roles: readonly string[]): SeedModuleType {
  if (roles.includes('validator')) return 'Validator';
  return roles.includes('miner') ? 'Miner' : 'Observer';
}

/** As the registrar lists it. */
export function listedModule({ name, state, pin }: Module): ListedModule {
  const roles = pin?.roles ?? [];
  return { name, module_type: moduleTypeOf(roles), status: statusOf(state), roles };
}

/** As the registrar's library has it. */
export function moduleRow(module: Module) {
  const { name, status, module_type: type } = listedModule(module);
  return { name, status, type };
}

/** A state in a word. */
export function statusOf(state: Module['state']): string {
  return MODULE_STATE.find(state) ?? 'unknown';
}
