import type { Readable } from 'node:stream';
import { z } from 'zod';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { ModelService } from '../../../common/gen/headframe/v1/model_service_pb.js';
import { MACHINE_LABEL } from '../../../common/model/machine.js';
import { strictObject } from '../../../common/model/schema/index.js';
import { requestInvalid } from '../refusals.js';
import { checked, ok } from '../route.js';
import type { Exchange, Route, SendStream } from '../route.js';
import { deploy, deployedSchema, waitField } from './deploy.js';
import { readForm } from './form.js';
import { formOperation } from './form-operation.js';
import type { VmRoutesParts } from './parts.js';
import { containerForeign, nothingDeployed } from './refusals.js';
import { vmAsked } from './vm-routes.js';
import { vmIdSchema } from './wishes.js';

const { applyMiners, listMiners, stopMiner } = FleetService.method;
const { uploadModel } = ModelService.method;

/** The server waits for a request no longer than for any. */
const UPLOAD_MS = 120_000;
const PORT = 3_000;
/** What the original had for its SSH. */
const UNHEEDED = 'Taken, and of no effect: nobody logs in to the host.';

const portField = z.int().min(1).max(65_535).prefault(PORT).describe('At which the model listens.');
const digestField = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'the digest that an upload was answered with');
const unheeded = z.string().max(1_024).optional().describe(UNHEEDED);

const urlSchema = strictObject({
  dockerfile_url: z.string().max(2_048).describe('A Dockerfile, or an archive (tar, tar.gz) with one.'),
  port: portField,
  dockerfile: z.string().max(1_024).optional().describe('Its path within an archive.'),
  build_args: z.record(z.string(), z.string()).optional(),
  wait_seconds: waitField,
  ...{ workdir: unheeded, key_path: unheeded, username: unheeded },
});

/** Values of a form are texts. */
const numberText = (text: unknown): unknown =>
  typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : text;

const localSchema = strictObject({
  upload: digestField.optional().describe('Of an upload, in the place of a file.'),
  port: z.preprocess(numberText, portField),
  dockerfile: z.string().max(1_024).optional().describe('Its path within an archive.'),
  wait_seconds: z.preprocess(numberText, waitField),
  remote_dir: unheeded,
});

/** Relative, and inside of where it begins. */
const remotePathField = z
  .string()
  .min(1)
  .max(1_024)
  .refine(
    (path) => !/[\\\0]/.test(path) && path.split('/').every((step) => !['', '.', '..'].includes(step)),
    'a relative path without ".."',
  );

const uploadSchema = strictObject({ remote_path: remotePathField.optional() });
const uploadedSchema = z.object({
  exit_code: z.literal(0),
  remote_path: z.string(),
  upload: z.string().describe('Digest by which docker/local builds it, within 15 minutes.'),
});

const stopSchema = strictObject({ container_name: z.string().max(63).optional() });
const stoppedSchema = z.object({ exit_code: z.literal(0), container_name: z.string() });

/** The routes of what is deployed on VMs. */
export function dockerRoutes({ prefix, clock }: Pick<VmRoutesParts, 'prefix' | 'clock'>): Route[] {
  const vm = `${prefix}/vms/:id`;
  return [urlRoute(vm, clock), localRoute(vm, clock), uploadRoute(vm), stopRoute(vm)];
}

function urlRoute(vm: string, clock: VmRoutesParts['clock']): Route {
  return {
    ...{ verb: 'POST', path: `${vm}/docker/url`, method: applyMiners },
    about: {
      summary: 'Builds a model from a URL on a VM and runs it; a failed build is a problem with its exit code',
      params: vmIdSchema,
      body: urlSchema,
      reply: { schema: deployedSchema },
    },
    answer: async (exchange) => {
      const asked = checked(urlSchema, exchange.body ?? {});
      const { dockerfile_url: url, port, dockerfile, build_args: buildArgs, wait_seconds: waitSeconds } = asked;
      const wish = { source: { url }, port, dockerfile, buildArgs, waitSeconds };
      return deploy(exchange, await vmAsked(exchange), wish, { clock });
    },
  };
}

function localRoute(vm: string, clock: VmRoutesParts['clock']): Route {
  return {
    ...{ verb: 'POST', path: `${vm}/docker/local`, method: applyMiners, isRaw: true },
    about: {
      summary: 'Builds a model from a file, a Dockerfile or an archive with one, on a VM and runs it',
      operation: formOperation('deployLocal', localSchema, deployedSchema),
    },
    answer: async (exchange) => {
      // Who may not see the VM sends nothing to it.
      const on = await vmAsked(exchange);
      const form = await uploadedForm(exchange);
      const { upload, port, dockerfile, wait_seconds: waitSeconds } = checked(localSchema, form.fields);
      if ((form.file === undefined) === (upload === undefined))
        throw requestInvalid([{ path: 'file', expected: 'a file, or the digest of an upload in the field "upload"' }]);
      const wish = { source: { upload: form.file ?? upload }, port, dockerfile, waitSeconds };
      return deploy(exchange, on, wish, { clock });
    },
  };
}

function uploadRoute(vm: string): Route {
  return {
    ...{ verb: 'POST', path: `${vm}/upload`, method: uploadModel, isRaw: true },
    about: {
      summary: 'Takes in what a model is built of, for docker/local',
      operation: formOperation('uploadToVm', uploadSchema, uploadedSchema),
    },
    answer: async (exchange) => {
      await vmAsked(exchange);
      const { file: upload, fileName, fields } = await uploadedForm(exchange);
      const { remote_path: path = fileName } = checked(uploadSchema, fields);
      if (upload === undefined) throw requestInvalid([{ path: 'file', expected: 'a file' }]);
      return ok({ exit_code: 0, remote_path: path, upload });
    },
  };
}

function stopRoute(vm: string): Route {
  return {
    ...{ verb: 'POST', path: `${vm}/docker/stop`, method: stopMiner },
    about: {
      summary: 'Stops what was deployed on a VM, and nothing else there',
      params: vmIdSchema,
      body: stopSchema,
      reply: { schema: stoppedSchema },
    },
    answer: async (exchange) => {
      const { container_name: named } = checked(stopSchema, exchange.body ?? {});
      const { id: name } = await vmAsked(exchange);
      if (named !== undefined && named !== name) throw containerForeign(name, named);
      if (!(await isDeployed(exchange.call, name))) throw nothingDeployed(name);
      await exchange.call(stopMiner, { name });
      return ok({ exit_code: 0, container_name: name });
    },
  };
}

/** Of all miners, as there may be none of the name. */
async function isDeployed(call: Exchange['call'], id: string): Promise<boolean> {
  const { miners } = await call(listMiners, { labels: { [MACHINE_LABEL]: id }, pageSize: 1_000 });
  return miners.some(({ spec }) => spec?.name === id);
}

/** A form whose file is kept as what a model is built of; `file` is its digest. */
function uploadedForm({ body, contentType, send }: Pick<Exchange, 'body' | 'contentType' | 'send'>) {
  return readForm(body, contentType, (file) => uploaded(send, file));
}

async function uploaded(send: SendStream, file: Readable): Promise<string> {
  const { digest } = await send(uploadModel, requestsOf(file), { timeoutMs: UPLOAD_MS });
  return digest;
}

async function* requestsOf(file: Readable): AsyncGenerator<{ readonly data: Uint8Array }> {
  // Of a form it is bytes.
  for await (const data of file as AsyncIterable<Uint8Array>) yield { data };
}
