import type { DescService } from '@bufbuild/protobuf';
import type { Verb } from '../route.js';

/** Where a method is called over HTTP. */
export interface Binding {
  readonly verb: Verb;
  /** Names in it are fields of the request: `/v1/miners/:name`. The others are the query of GET and DELETE, and else the body. */
  readonly path: string;
  /** One line, for the OpenAPI document. */
  readonly summary: string;
  /** Another path that the method is called at, for what of it goes without a name in this one. */
  readonly also?: Pick<Binding, 'path' | 'summary'> & { readonly id: string };
  /** Of the operation in the OpenAPI document; by default the method's name. */
  readonly id?: string;
  /** Fields of the request that have no place here. */
  readonly without?: readonly string[];
  /** Its handler heeds `If-Match`. */
  readonly isMatched?: true;
  /** Of a method that takes longer than others, in milliseconds. */
  readonly timeoutMs?: number;
}

/** Each path of a binding as one of its own. Pure. */
export function placesOf({ also, ...first }: Binding): readonly Binding[] {
  return also === undefined ? [first] : [first, { ...first, ...also }];
}

/** A method that has no route, for a reason. */
export interface Unbound {
  readonly unbound: string;
}

/** Of a method that tells what changes, until whoever listens has had enough. */
export const WATCHED: Unbound = { unbound: 'what changes is told over the WebSocket at /v1/ws' };

/** Every method of a service by its local name: one that has neither a route nor a reason does not compile. */
export type Bindings<Service extends DescService> = Readonly<Record<keyof Service['method'], Binding | Unbound>>;
