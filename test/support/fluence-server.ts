import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Shapes of Fluence's API as its documents show them, shortened: github.com/fluencelabs/docs, docs/build/api/cpu_cloud/order_vm/order_vm.md
 * and manage_vms/manage_vms.md at commit b05f52caba9502152eeae0ce99a4cde89592541f, and docs/build/api/get_offerings/get_offerings.md at
 * 193250abdee23e74b9f942960535927ec5d4bfc1. Nothing here was heard from Fluence itself.
 */
const VM = {
  id: '0x311edB209b61EaA8c3e67c6B96D03288DB5Bc020',
  vmName: 'vm-name',
  status: 'Active',
  pricePerEpoch: '2.4352',
  resources: [
    { type: 'VCPU', quantity: 2, details: { model: '7702p' }, metadata: { architecture: 'Zen', manufacturer: 'AMD' } },
    { type: 'RAM', supply: 4, units: 'GiB', details: { speed: 3600 }, metadata: { generation: '4', type: 'DDR' } },
    { type: 'PUBLIC_IP', quantity: 1, details: {}, metadata: { version: '4' } },
  ],
  createdAt: '2025-04-30T11:23:05Z',
  nextBillingAt: '2025-04-30T11:55:09Z',
  osImage: 'https://cloud-images.ubuntu.com/releases/22.04/release/ubuntu-22.04-server-cloudimg-amd64.img',
  datacenter: { countryCode: 'FR', cityCode: 'PAR', cityIndex: 1, tier: 4, certifications: ['PCI DSS'] },
  publicIp: '154.42.3.159' as string | null,
  ports: [{ port: 22, protocol: 'tcp' }],
  reservedBalance: '2.4352',
  totalSpent: '2.4352',
};

/** Sizes in either of the forms that the documents show. */
export const CONFIGURATIONS = {
  basic_configurations: ['cpu-2-ram-4gb-storage-25gb', 'cpu-8-ram-16gb-storage-25gb', 'cpu-4-ram-8gb-storage-25gb'],
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly body: unknown;
}

/** What answers as Fluence's documents say, on loopback. */
export class FluenceServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly vms: (typeof VM)[] = [];
  /** Answers in place of the usual one. */
  override: ((asked: Asked) => { readonly status: number; readonly body: string } | undefined) | undefined;
  readonly #server: Server;

  // eslint-disable-next-line no-restricted-syntax -- made by start alone, for it answers only then
  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  get url(): string {
    // It listens, so that it has an address with a port.
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  static async start(): Promise<FluenceServer> {
    const server = new FluenceServer();
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  /** Has a VM that was asked for run. */
  launch(): void {
    for (const vm of this.vms) Object.assign(vm, { status: 'Active', publicIp: VM.publicIp });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const body = await text(request);
    const asked = {
      ...{ method, path: url, key: String(headers['x-api-key']) },
      body: body === '' ? undefined : (JSON.parse(body) as unknown),
    };
    this.asked.push(asked);
    const { status, body: answer } = this.override?.(asked) ?? this.#usual(asked);
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  }

  #usual({ method, path, body }: Asked): { readonly status: number; readonly body: string } {
    if (path === '/marketplace/basic_configurations') return { status: 200, body: JSON.stringify(CONFIGURATIONS) };
    if (path !== '/vms/v3') return { status: 404, body: '{"error":"Not found"}' };
    if (method === 'GET') return { status: 200, body: JSON.stringify(this.vms) };
    if (method === 'PATCH') return { status: 204, body: '' };
    // As the API was asked by the code under test.
    if (method === 'DELETE') {
      const { vmIds } = body as { vmIds: string[] };
      for (const vm of this.vms) if (vmIds.includes(vm.id)) vm.status = 'Stopped';
      return { status: 200, body: '' };
    }
    // Likewise.
    const { name } = (body as { vmConfiguration: { name: string } }).vmConfiguration;
    const id = `0x${String(this.vms.length + 1).padStart(40, '0')}`;
    this.vms.push({ ...VM, id, vmName: name, status: 'Launching', publicIp: null });
    return { status: 201, body: JSON.stringify([{ vmId: id, vmName: name }]) };
  }
}
