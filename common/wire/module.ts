import { ModuleJob as WireJob, ModuleState as WireState } from '../gen/headframe/v1/module_service_pb.js';
import type { ModuleJob, ModuleState } from '../model/module.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';

/** States of a module. */
export const MODULE_STATE: EnumTable<ModuleState, WireState> = enumTable({
  fetching: WireState.FETCHING,
  ready: WireState.READY,
  failed: WireState.FAILED,
  stale: WireState.STALE,
});

/** What is under way for a module. */
export const MODULE_JOB: EnumTable<ModuleJob['kind'], WireJob> = enumTable({
  fetch: WireJob.FETCH,
  refresh: WireJob.REFRESH,
  verify: WireJob.VERIFY,
});
