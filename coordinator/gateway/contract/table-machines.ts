import type { MachineService } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import type { Bindings } from './binding.js';

const machine = '/v1/machines/:id';

/** Machines of providers. */
export const MACHINES: Bindings<typeof MachineService> = {
  allocateMachine: { verb: 'POST', path: '/v1/machines', summary: 'Gives out a machine' },
  getMachine: { verb: 'GET', path: machine, summary: 'Shows a machine' },
  listMachines: { verb: 'GET', path: '/v1/machines', summary: 'Lists machines, the oldest first' },
  changeMachine: { verb: 'PATCH', path: machine, summary: 'Changes name, account or ports of a machine' },
  releaseMachine: { verb: 'DELETE', path: machine, summary: 'Begins to give a machine back' },
  retryMachine: { verb: 'POST', path: `${machine}/retry`, summary: 'Tries once more what has failed' },
};
