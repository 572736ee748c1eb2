import { toJson } from '@bufbuild/protobuf';
import { Readable } from 'node:stream';
import { ModelService } from '../../../common/gen/headframe/v1/model_service_pb.js';
import { bodyMissing } from '../refusals.js';
import type { Route } from '../route.js';

const { uploadModel } = ModelService.method;
/** The server waits for a request no longer than for any. */
const UPLOAD_MS = 120_000;

const ANSWER = {
  type: 'object',
  properties: {
    digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
    bytes: { type: 'string', format: 'uint64' },
    files: { type: 'integer' },
  },
  required: ['digest', 'bytes', 'files'],
};

/** The routes of models that are no method called as it is. */
export function modelRoutes(): Route[] {
  return [
    {
      ...{ verb: 'POST', path: '/v1/models/uploads', method: uploadModel, isRaw: true },
      about: {
        summary: 'Takes in what a model is built of: a tar archive, one with gzip, or a Dockerfile alone, as it is',
        operation: {
          ...{ id: 'uploadModel', tag: 'ModelService', parameters: [] },
          body: { type: 'string', format: 'binary' },
          bodyType: 'application/octet-stream',
          reply: { type: 'application/json', schema: ANSWER },
        },
      },
      answer: async ({ body, send }) => {
        if (!(body instanceof Readable)) throw bodyMissing();
        const message = await send(uploadModel, requestsOf(body), { timeoutMs: UPLOAD_MS }).finally(() => {
          // What is left of it would stand before the next request of the connection.
          body.resume();
        });
        const read = toJson(uploadModel.output, message, { alwaysEmitImplicit: true });
        return { status: 200, body: JSON.stringify(read), type: 'application/json' };
      },
    },
  ];
}

/** A request that is refused half-way stays: to end it would be to end the connection, and the answer with it. */
async function* requestsOf(body: Readable): AsyncGenerator<{ readonly data: Uint8Array }> {
  const pieces = body.iterator({ destroyOnReturn: false });
  // Of a request it is bytes.
  for await (const data of pieces as AsyncIterable<Uint8Array>) yield { data };
}
