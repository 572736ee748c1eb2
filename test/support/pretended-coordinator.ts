import type { DescMessage, DescMethod } from '@bufbuild/protobuf';
import type { Page, Request, Route, WebSocketRoute } from 'playwright-core';
import { EventSchema } from '../../common/gen/headframe/v1/event_pb.js';
import { HostSchema } from '../../common/gen/headframe/v1/host_pb.js';
import { InstanceSchema } from '../../common/gen/headframe/v1/instance_pb.js';
import { MinerSchema } from '../../common/gen/headframe/v1/miner_pb.js';
import { CONTRACT } from '../../coordinator/gateway/contract/table.js';
import { filledJson } from './filled-json.js';
import type { Filled } from './filled-json.js';

/** A subscription, as far as it is answered. */
interface Asked {
  readonly type: string;
  readonly id: string;
  readonly topic?: string;
}

interface PathOfMethod {
  readonly verb: string;
  readonly path: RegExp;
  readonly method: DescMethod;
}

const PATHS: readonly PathOfMethod[] = CONTRACT.flatMap(({ service, bindings }) =>
  service.methods.flatMap((method) => {
    const binding = bindings[method.localName];
    if (binding === undefined || 'unbound' in binding) return [];
    return [{ verb: binding.verb, path: new RegExp(`^${binding.path.replaceAll(/:\w+/g, '[^/]+')}$`), method }];
  }),
);

/**
 * In the place of a coordinator it answers whatever a page asks for, by the contract and with something in each field: so that a page
 * is seen with texts that no coordinator of ours would let in, too.
 */
export class PretendedCoordinator {
  /** Everything is refused from now on. */
  isRefusing = false;
  /** Paths that the contract has no method for. */
  readonly unknown: string[] = [];
  readonly #text: string;
  readonly #variants: readonly number[];

  constructor(text: string, variants: readonly number[]) {
    this.#text = text;
    this.#variants = variants;
  }

  /** What all that is of a variant is called. */
  nameOf(variant: number): string {
    return `${this.#text} ${String(variant)}`;
  }

  /** Answers for a page from now on. */
  async serve(page: Page): Promise<void> {
    await page.route(/\/(?:v1|models)\//, (route) => this.#answer(route));
    await page.routeWebSocket(/\/v1\/ws$/, (socket) => {
      socket.onMessage((message) => {
        this.#heard(socket, JSON.parse(String(message)) as Asked); // as the page says it
      });
    });
  }

  async #answer(route: Route): Promise<void> {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (this.isRefusing) await route.fulfill({ status: 409, json: this.#problem() });
    else if (pathname.endsWith('/chat'))
      await route.fulfill({
        headers: { 'headframe-instance': this.#text },
        contentType: 'text/plain',
        body: this.#text,
      });
    else if (pathname === '/v1/whoami')
      await route.fulfill({ json: { role: 'ROLE_ADMIN', name: this.#text, namespaces: [] } });
    else await route.fulfill({ json: this.#told(request, pathname) });
  }

  #told(request: Request, pathname: string): Filled {
    const found = PATHS.find(({ verb, path }) => verb === request.method() && path.test(pathname));
    if (found === undefined) {
      this.unknown.push(`${request.method()} ${pathname}`);
      return {};
    }
    return this.#whole(found.method.output);
  }

  /** One message whose lists have an item of each variant. */
  #whole(desc: DescMessage): Filled {
    const [first, ...others] = this.#variants.map((variant) => this.#one(desc, variant));
    const merged = Object.entries(first ?? {}).map(([key, value]) => [
      key,
      Array.isArray(value) ? [value, ...others.map((other) => other[key])].flat() : value,
    ]);
    return Object.fromEntries(merged) as Filled;
  }

  #one(desc: DescMessage, variant: number): Filled {
    return filledJson(desc, { text: this.nameOf(variant), variant });
  }

  #each(desc: DescMessage): Filled[] {
    return this.#variants.map((variant) => this.#one(desc, variant));
  }

  #problem(): object {
    const text = this.#text;
    const violation = { path: text, expected: text };
    return {
      status: 409,
      detail: text,
      reason: text,
      remedy: text,
      violations: [violation, { ...violation, path: '' }],
    };
  }

  #heard(socket: WebSocketRoute, { type, id, topic = '' }: Asked): void {
    const say = (frame: object): void => {
      socket.send(JSON.stringify({ id, ...frame }));
    };
    if (type === 'ping') say({ type: 'Pong', atMs: Date.now() });
    if (type !== 'subscribe') return;
    const [kind] = topic.split('/');
    if (kind === 'fleet') say({ type: 'Fleet', revision: '1', synced: true, data: this.#fleet() });
    else if (kind === 'events') say({ type: 'Events', revision: '1', data: this.#each(EventSchema) });
    else if (kind === 'logs' || kind === 'build') {
      say({ type: 'Logs', data: { stream: 'stderr', text: `${this.#text}\n` } });
      say({ type: 'Error', reason: 'log_unknown', data: { reason: 'log_unknown', detail: this.#text } });
    }
  }

  #fleet(): object[] {
    return [
      ...this.#each(HostSchema).map((host) => ({ host })),
      ...this.#each(MinerSchema).map((miner) => ({ miner })),
      ...this.#each(InstanceSchema).map((instance) => ({ instance })),
    ];
  }
}
