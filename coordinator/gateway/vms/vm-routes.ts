import { z } from 'zod';
import { MachineService } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import { itemsOn, pageOf, pageSchema } from '../paging.js';
import { requestInvalid } from '../refusals.js';
import { checked, ok } from '../route.js';
import type { Exchange, Route } from '../route.js';
import { allocateVm, changeVm, getVm, listVms, releaseVm } from './machine-vms.js';
import type { VmRoutesParts } from './parts.js';
import { vmOf, vmSchema } from './view.js';
import { allocateSchema, allocateWish, deploySchema, deployWish } from './wishes.js';
import { removalSchema, updatesSchema, vmIdSchema } from './wishes.js';

const { allocateMachine, changeMachine, getMachine, listMachines, releaseMachine } = MachineService.method;

const listedSchema = pageSchema.extend({ walletAddress: z.string().max(63).optional() });
const deploymentSchema = z.object({ deployment: vmSchema });

/** The VM of a request's path. Throws `HeadframeError`. */
export function vmAsked({ params, call }: Pick<Exchange, 'params' | 'call'>): ReturnType<typeof getVm> {
  return getVm(call, checked(vmIdSchema, params).id);
}

/** The routes of VMs themselves. */
export function vmRoutes({ prefix, defaults }: Pick<VmRoutesParts, 'prefix' | 'defaults'>): Route[] {
  return [...givingRoutes(prefix, defaults), ...lookingRoutes(prefix), ...changingRoutes(prefix)];
}

function givingRoutes(prefix: string, defaults: VmRoutesParts['defaults']): Route[] {
  return [
    {
      ...{ verb: 'POST', path: `${prefix}/deploy`, method: allocateMachine },
      about: {
        summary: 'Gives out a VM by what is wanted of it; without any wish one of the default',
        body: deploySchema,
        reply: { status: 201, schema: deploymentSchema },
      },
      answer: async ({ body, call }) => {
        const vm = await allocateVm(call, deployWish(checked(deploySchema, body ?? {}), defaults));
        const headers = { location: `${prefix}/vms/${vm.id}` };
        return { status: 201, body: { deployment: vmOf(vm) }, headers };
      },
    },
    {
      ...{ verb: 'POST', path: `${prefix}/allocate`, method: allocateMachine },
      about: {
        summary: 'Assigns a host that is there and nobody has, whatever it is',
        body: allocateSchema,
        reply: { schema: vmSchema },
      },
      answer: async ({ body, call }) =>
        ok(vmOf(await allocateVm(call, allocateWish(checked(allocateSchema, body ?? {}))))),
    },
  ];
}

function lookingRoutes(prefix: string): Route[] {
  return [
    {
      ...{ verb: 'GET', path: `${prefix}/vms`, method: listMachines },
      about: { summary: 'Lists VMs', query: listedSchema, reply: { schema: z.array(vmSchema) } },
      answer: async ({ query, call }) => {
        const { walletAddress = '' } = checked(listedSchema, query);
        const page = pageOf(query);
        const vms = await listVms(call, walletAddress);
        return ok(itemsOn(vms, page).map(vmOf), { 'x-total-count': String(vms.length) });
      },
    },
    {
      ...{ verb: 'GET', path: `${prefix}/vms/:id`, method: getMachine },
      about: { summary: 'Shows a VM', params: vmIdSchema, reply: { schema: vmSchema } },
      answer: async (exchange) => ok(vmOf(await vmAsked(exchange))),
    },
  ];
}

function changingRoutes(prefix: string): Route[] {
  return [
    {
      ...{ verb: 'PATCH', path: `${prefix}/vms`, method: changeMachine },
      about: {
        summary: 'Changes names and open ports of VMs, one after the other',
        body: updatesSchema,
        reply: { status: 204 },
      },
      answer: async ({ body, call }) => {
        const updates = checked(updatesSchema, body ?? {});
        await requireAll(
          call,
          updates.map(({ id }) => id),
        );
        for (const { id, vmName: name, openPorts: ports } of updates) await changeVm(call, id, { name, ports });
        return { status: 204 };
      },
    },
    {
      ...{ verb: 'DELETE', path: `${prefix}/vms`, method: releaseMachine },
      about: {
        summary: 'Gives VMs back, one after the other; what was deployed there ends first',
        body: removalSchema,
        reply: { status: 204 },
      },
      answer: async ({ body, call }) => {
        const ids = checked(removalSchema, body ?? {});
        await requireAll(call, ids);
        for (const id of ids) await releaseVm(call, id);
        return { status: 204 };
      },
    },
  ];
}

/** Nothing is done to some where others are not there. */
async function requireAll(call: Exchange['call'], ids: readonly string[]): Promise<void> {
  if (new Set(ids).size !== ids.length) throw requestInvalid([{ path: 'id', expected: 'each VM once' }]);
  for (const id of ids) await call(getMachine, { id });
}
