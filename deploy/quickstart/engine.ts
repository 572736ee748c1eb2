import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { HeadframeError } from '../../common/model/error.js';

const imageSchema = z.object({
  Id: z.string(),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});
const containersSchema = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()) }));

/** An image on the engine. */
export interface EngineImage {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A container on the engine. */
export interface EngineContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: Readable;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const BUILD_TIMEOUT_MS = 120_000;

/** The few calls that the quickstart makes on the Docker Engine at a local socket; the agents make all others. */
export class Engine {
  readonly socketPath: string;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** Undefined when there is no such image. */
  async image(reference: string): Promise<EngineImage | undefined> {
    const answer = await this.#call(`/images/${reference}/json`, {}, [404]);
    if (answer.status === 404) return undefined;
    const { Id: id, Config: config } = imageSchema.parse(JSON.parse(answer.text));
    return { id, labels: config?.Labels ?? {} };
  }

  /** Builds from a context as tar. Throws `HeadframeError` (image_build_failed) with the build's own words. */
  async build(context: Readable, tag: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const query = new URLSearchParams({ t: tag, labels: JSON.stringify(labels), rm: '1', forcerm: '1' });
    const call = { method: 'POST', body: context, timeoutMs: BUILD_TIMEOUT_MS } as const;
    const { text } = await this.#call(`/build?${query.toString()}`, call);
    // A step that fails is told in the log, under status 200.
    if (!text.includes('"aux":{"ID"')) throw engineError('image_build_failed', `${tag} was not built: ${text}`);
  }

  async tagImage(id: string, repository: string, tag: string): Promise<void> {
    const query = new URLSearchParams({ repo: repository, tag });
    await this.#call(`/images/${id}/tag?${query.toString()}`, { method: 'POST' });
  }

  /** Removing what is gone, or still used by somebody else's container, is no error. */
  async removeImage(reference: string): Promise<void> {
    await this.#call(`/images/${reference}`, { method: 'DELETE' }, [404, 409]);
  }

  /** Containers that carry a label, running or not. */
  async containers(label: string): Promise<EngineContainer[]> {
    const query = new URLSearchParams({ all: '1', filters: JSON.stringify({ label: [label] }) });
    const { text } = await this.#call(`/containers/json?${query.toString()}`);
    return containersSchema.parse(JSON.parse(text)).map(({ Id: id, Labels: labels }) => ({ id, labels }));
  }

  /** Kills and removes; what is gone or going is no error. */
  async removeContainer(id: string): Promise<void> {
    await this.#call(`/containers/${id}?force=1&v=1`, { method: 'DELETE' }, [404, 409]);
  }

  async #call(
    path: string,
    call: Call = {},
    expected: readonly number[] = [],
  ): Promise<{ status: number; text: string }> {
    const { status, text } = await this.#exchange(path, call);
    if (status < 300 || expected.includes(status)) return { status, text };
    throw engineError('engine_error', `the engine answered ${status} to ${path.split('?', 1).join()}: ${text}`);
  }

  #exchange(path: string, { method = 'GET', body, timeoutMs = TIMEOUT_MS }: Call) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const fail = (cause: Error): void =>
        reject(engineError('engine_unavailable', `the engine at ${this.socketPath} failed: ${cause.message}`, cause));
      const headers = body === undefined ? {} : { 'content-type': 'application/x-tar' };
      const signal = AbortSignal.timeout(timeoutMs);
      const exchange = request({ socketPath: this.socketPath, path, method, headers, signal }, (response) => {
        readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail);
      });
      exchange.on('error', fail);
      if (body === undefined) exchange.end();
      else body.on('error', fail).pipe(exchange);
    });
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += String(chunk);
  return text;
}

function engineError(reason: string, message: string, cause?: Error): HeadframeError {
  return new HeadframeError({ code: 'unavailable', reason, message, remedy: 'See docker info.', cause });
}
