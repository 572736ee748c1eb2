import type { ModelService, UploadModelRequest } from '../../common/gen/headframe/v1/model_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import type { ApiParts } from './parts.js';

/** The service of models. */
export function modelService({
  modelContents,
}: Pick<ApiParts, 'modelContents'>): ServiceImplementation<typeof ModelService> {
  return {
    uploadModel: async (requests, { signal }) => {
      const { digest, bytes, files } = await modelContents.upload(piecesOf(requests), signal);
      return { digest, bytes: BigInt(bytes), files };
    },
  };
}

async function* piecesOf(requests: AsyncIterable<UploadModelRequest>): AsyncGenerator<Uint8Array> {
  for await (const { data } of requests) yield data;
}
