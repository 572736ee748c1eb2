import type { ApiPromise } from '@polkadot/api';
import type { RpcSocket } from './rpc-socket.js';

type ProviderInterface = NonNullable<NonNullable<ConstructorParameters<typeof ApiPromise>[0]>['provider']>;

/**
 * What @polkadot/api sees of a connection. It says that it cannot subscribe: reads then answer once, with what is, not with
 * what a subscription of a while ago remembers, and no loop of the library's own lives, or throws, beside ours.
 */
export class ApiProvider implements ProviderInterface {
  readonly hasSubscriptions = false;
  readonly isClonable = false;
  readonly #socket: RpcSocket;

  constructor(socket: RpcSocket) {
    this.#socket = socket;
  }

  get isConnected(): boolean {
    return this.#socket.isOpen;
  }

  clone(): never {
    throw new Error('a connection cannot be cloned');
  }

  connect(): Promise<void> {
    return Promise.resolve(); // it stands already
  }

  disconnect(): Promise<void> {
    return Promise.resolve(); // whoever opened the connection ends it
  }

  on(): () => void {
    return () => undefined; // a connection that ends fails every call
  }

  send<T>(method: string, params: unknown[]): Promise<T> {
    return this.#socket.call(method, params) as Promise<T>; // the library decodes what it gets
  }

  subscribe(
    _type: string,
    method: string,
    params: unknown[],
    listener: (error: Error | null, result: unknown) => void,
  ): Promise<string> {
    return this.#socket.subscribe(method, params, (value) => {
      listener(null, value);
    });
  }

  unsubscribe(_type: string, method: string, id: number | string): Promise<boolean> {
    this.#socket.unsubscribe(method, String(id));
    return Promise.resolve(true);
  }
}
