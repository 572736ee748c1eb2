import { z } from 'zod';
import { LeaseState } from '../../../common/gen/headframe/v1/lease_pb.js';
import type { Lease } from '../../../common/gen/headframe/v1/lease_pb.js';
import { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import type { Clock } from '../../../common/model/clock.js';
import { checked, ok } from '../route.js';
import type { Answer, CallMethod, Exchange, Route } from '../route.js';
import { containerOf, containerSchema } from './container-view.js';
import { challengeRoute } from './challenge.js';
import { allocateSchema, extendSchema, leaseIdSchema, leaseRequest } from './seed-wishes.js';

/** What the routes work with. */
export interface LeaseRoutesParts {
  readonly clock: Pick<Clock, 'sleep' | 'monotonicMs'>;
  /** Image of leases that name none. */
  readonly leaseImage: string | undefined;
}

const { createLease, getLease, listLeases, extendLease, releaseLease } = LeaseService.method;

/** Between two looks at a lease that is waited for, in milliseconds. */
const LOOK_MS = 250;
const LIST_PAGE = 1_000;
const base = '/containers';

/** The routes of the seed for leases, and those that it lacked: one, its extension and its end. */
export function leaseRoutes(parts: LeaseRoutesParts): Route[] {
  return [allocation(parts), challengeRoute, ...lookingRoutes(), ...changingRoutes()];
}

function allocation({ clock, leaseImage }: LeaseRoutesParts): Route {
  return {
    ...{ verb: 'POST', path: '/allocate', method: createLease },
    about: {
      summary: 'Leases a part of a host; 202 while nobody can log in yet',
      body: allocateSchema,
      reply: { schema: containerSchema },
    },
    answer: async ({ body, call }) => {
      const asked = checked(allocateSchema, body ?? {});
      const { lease, password } = await call(createLease, leaseRequest(asked, leaseImage));
      const untilMs = clock.monotonicMs() + asked.wait_seconds * 1_000;
      return container(await readyLease(call, present(lease).id, { clock, untilMs }), password);
    },
  };
}

function lookingRoutes(): Route[] {
  return [
    {
      ...{ verb: 'GET', path: base, method: listLeases },
      about: { summary: 'Lists leases that are not over', reply: { schema: z.array(containerSchema) } },
      answer: async ({ call }) => {
        const leases: Lease[] = [];
        let pageToken = '';
        do {
          const listed = await call(listLeases, { pageSize: LIST_PAGE, pageToken });
          leases.push(...listed.leases);
          pageToken = listed.nextPageToken;
        } while (pageToken !== '');
        return ok(leases.map((lease) => containerOf(lease)));
      },
    },
    {
      ...{ verb: 'GET', path: `${base}/:id`, method: getLease },
      about: { summary: 'Shows a lease', params: leaseIdSchema, reply: { schema: containerSchema } },
      answer: async (exchange) => {
        const { lease } = await exchange.call(getLease, idOf(exchange));
        return ok(containerOf(present(lease)));
      },
    },
  ];
}

function changingRoutes(): Route[] {
  return [
    {
      ...{ verb: 'POST', path: `${base}/:id/extend`, method: extendLease },
      about: {
        summary: 'Makes the term of a lease longer',
        params: leaseIdSchema,
        body: extendSchema,
        reply: { schema: containerSchema },
      },
      answer: async (exchange) => {
        const { seconds } = checked(extendSchema, exchange.body ?? {});
        const byMs = BigInt(Math.round(seconds * 1_000));
        const { lease } = await exchange.call(extendLease, { ...idOf(exchange), byMs });
        return ok(containerOf(present(lease)));
      },
    },
    {
      ...{ verb: 'DELETE', path: `${base}/:id`, method: releaseLease },
      about: {
        summary: 'Ends a lease; its host frees what it held after the answer',
        params: leaseIdSchema,
        reply: { status: 202, schema: containerSchema },
      },
      answer: async (exchange) => {
        const { lease } = await exchange.call(releaseLease, idOf(exchange));
        return { status: 202, body: containerOf(present(lease)) };
      },
    },
  ];
}

/** The lease once it is ready or has ended, or as it is when the wait is over. */
async function readyLease(
  call: CallMethod,
  id: string,
  { clock, untilMs }: Pick<LeaseRoutesParts, 'clock'> & { readonly untilMs: number },
): Promise<Lease> {
  for (;;) {
    const lease = present((await call(getLease, { id })).lease);
    const isDecided = lease.state >= LeaseState.READY;
    if (isDecided || clock.monotonicMs() >= untilMs) return lease;
    // A client that goes away ends it by the next call.
    await clock.sleep(LOOK_MS, new AbortController().signal);
  }
}

function container(lease: Lease, password: string): Answer {
  const status = lease.state === LeaseState.READY ? 200 : 202;
  return { status, body: containerOf(lease, password), headers: { location: `${base}/${lease.id}` } };
}

function idOf({ params }: Exchange): { readonly id: string } {
  return checked(leaseIdSchema, params);
}

function present(lease: Lease | undefined): Lease {
  if (lease === undefined) throw new Error('an answer lacks its lease');
  return lease;
}
