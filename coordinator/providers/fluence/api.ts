import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';
import type { OpenPort } from '../../../common/model/machine.js';
import { REASONS } from '../../../common/model/reason.js';
import type { ReasonCode } from '../../../common/model/reason.js';

/** A VM as Fluence lists it; what is not needed of it is left out. */
export interface FluenceVm {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly publicIp: string;
  /** In USD for an epoch, which is a day; '' where it is not said. */
  readonly priceUsd: string;
}

/** What is asked of Fluence. */
export interface FluenceWish {
  readonly name: string;
  /** One of `configurations`. */
  readonly configuration: string;
  readonly maxPriceUsd: number;
  readonly osImage: string;
  readonly sshKey: string;
  readonly ports: readonly OpenPort[];
}

/** How the API is called. */
export interface FluenceTerms {
  /** Such as https://api.fluence.dev, without a slash at its end. */
  readonly url: string;
  /** Read anew with each call, so that another one needs no restart. */
  readonly apiKey: () => Promise<string>;
  readonly timeoutMs: number;
}

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_TEXT = 300;

const textField = z.string().max(500);
const vmSchema = z.object({
  id: z.string().min(1).max(200),
  vmName: textField,
  status: z.string().max(60),
  pricePerEpoch: z.union([z.string().max(40), z.number()]).nullish(),
  publicIp: z.string().max(60).nullish(),
});
const madeSchema = z.array(z.object({ vmId: z.string().min(1).max(200) })).length(1);
/** The documents show it both ways. */
const configurationsSchema = z.union([
  z.array(textField),
  z.object({ basic_configurations: z.array(textField) }).transform((body) => body.basic_configurations),
]);

/**
 * Fluence's API for VMs, as its documents of version 3 have it (https://fluence.dev/docs/build/api/cpu_cloud). Written to them and tried
 * against their examples; never against Fluence itself.
 */
export class FluenceApi {
  readonly #terms: FluenceTerms;

  constructor(terms: FluenceTerms) {
    this.#terms = terms;
  }

  /** Sizes that there are, such as `cpu-4-ram-8gb-storage-25gb`. */
  async configurations(signal: AbortSignal): Promise<readonly string[]> {
    return this.#call('GET', '/marketplace/basic_configurations', { signal, schema: configurationsSchema });
  }

  /** The VMs of the account. */
  async list(signal: AbortSignal): Promise<readonly FluenceVm[]> {
    const vms = await this.#call('GET', '/vms/v3', { signal, schema: z.array(vmSchema).max(10_000) });
    return vms.map(({ id, vmName: name, status, pricePerEpoch, publicIp }) => ({
      ...{ id, name, status, publicIp: publicIp ?? '', priceUsd: priceOf(pricePerEpoch) },
    }));
  }

  /** Rents one VM, from which on it costs; answers with its id. */
  async create(wish: FluenceWish, signal: AbortSignal): Promise<string> {
    const { name, configuration: basicConfiguration, maxPriceUsd, osImage, sshKey, ports } = wish;
    const body = {
      constraints: { basicConfiguration, maxTotalPricePerEpochUsd: String(maxPriceUsd) },
      instances: 1,
      vmConfiguration: { name, hostname: name, osImage, sshKeys: [sshKey], openPorts: opened(ports) },
    };
    const [made] = await this.#call('POST', '/vms/v3', { signal, schema: madeSchema, body });
    return made?.vmId ?? '';
  }

  /** Sets which ports of a VM are open; its own for SSH stays among them. */
  async open(id: string, ports: readonly OpenPort[], signal: AbortSignal): Promise<void> {
    const body = { updates: [{ id, openPorts: opened(ports) }] };
    await this.#call('PATCH', '/vms/v3', { signal, schema: z.unknown(), body });
  }

  /** Ends a VM; what of the day was begun is paid all the same. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    await this.#call('DELETE', '/vms/v3', { signal, schema: z.unknown(), body: { vmIds: [id] } });
  }

  async #call<T>(
    method: string,
    path: string,
    { signal, schema, body }: { readonly signal: AbortSignal; readonly schema: z.ZodType<T>; readonly body?: object },
  ): Promise<T> {
    const { url, timeoutMs } = this.#terms;
    const apiKey = await this.#terms.apiKey();
    const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const { status, text } = await ask(`${url}${path}`, {
      // Its documents name the one, and show the other in their examples.
      headers: { 'x-api-key': apiKey, authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...{ method, redirect: 'error', signal: either },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw fluenceFailure('fluence_unreachable', `${method} ${path}: ${textOf(error)}`, error);
    });
    if (status < 200 || status > 299) throw refused(`${method} ${path}`, status, text);
    const read = schema.safeParse(status === 204 || text === '' ? undefined : parsed(text));
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    throw fluenceFailure(
      'fluence_answer_unknown',
      `${method} ${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    );
  }
}

/** What Fluence is in the way of. */
export function fluenceFailure(reason: ReasonCode, message: string, cause?: unknown): HeadframeError {
  const code = reason === 'fluence_unreachable' ? 'unavailable' : 'failed_precondition';
  return new HeadframeError({ code, reason, message, remedy: REASONS[reason].remedy, cause });
}

async function ask(url: string, init: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url, init);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const read of response.body ?? []) {
    // Bodies of fetch are bytes, which its types do not say.
    const piece = read as Uint8Array;
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Error(`its answer has more than ${String(MOST_BYTES)} bytes`);
    pieces.push(piece);
  }
  return { status: response.status, text: Buffer.concat(pieces).toString() };
}

/** 403: a key that is none; 422: nobody has what is asked for. */
function refused(what: string, status: number, text: string): HeadframeError {
  const said = z.object({ error: z.string() }).safeParse(parsed(text));
  const words = (said.success ? said.data.error : '').replace(/[^\x20-\x7e]/g, '').slice(0, MOST_TEXT);
  const message = `${what}: ${String(status)} ${words}`.trimEnd();
  if (status === 401 || status === 403) return fluenceFailure('fluence_key_refused', message);
  return fluenceFailure(status >= 500 || status === 429 ? 'fluence_unreachable' : 'fluence_refused', message);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // As strange as any other answer that is not known.
    return undefined;
  }
}

function opened(ports: readonly OpenPort[]): OpenPort[] {
  const others = ports.filter(({ port, protocol }) => port !== 22 || protocol !== 'tcp');
  return [{ port: 22, protocol: 'tcp' }, ...others.map(({ port, protocol }) => ({ port, protocol }))];
}

function priceOf(price: string | number | null | undefined): string {
  const text = typeof price === 'number' ? String(price) : (price ?? '');
  return /^\d{1,10}(?:\.\d{1,9})?$/.test(text) ? text : '';
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
