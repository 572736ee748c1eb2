import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  InstallModuleRequest,
  ModuleService,
  ModuleSignerSchema,
} from '../../common/gen/headframe/v1/module_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import type { Expected, TrustedSigner } from '../kinds/module/index.js';
import { moduleToWire } from './module-views.js';
import type { ApiParts } from './parts.js';

type PackageMethods =
  'packageModule' | 'installModule' | 'listModuleSigners' | 'trustModuleSigner' | 'removeModuleSigner';

/** The part of the service of modules that packs and installs them. */
export function packageHandlers({
  modulePackages: packages,
}: Pick<ApiParts, 'modulePackages'>): Pick<ServiceImplementation<typeof ModuleService>, PackageMethods> {
  return {
    async *packageModule({ name, commit }, { caller }) {
      const { pin, signer, bytes, components, pieces } = await packages.pack(name, commit, caller.name);
      const head = { name, version: pin.version, commit: pin.commit, digest: pin.digest, signer, components };
      yield { message: { case: 'head', value: { ...head, bytes: BigInt(bytes) } } };
      for await (const value of pieces) yield { message: { case: 'data', value } };
    },
    installModule: async (requests, { caller }) => {
      const all = requests[Symbol.asyncIterator]();
      const { record, signerName } = await packages.install(await startOf(all), piecesOf(all), caller.name);
      return { module: moduleToWire(record), signerName };
    },
    listModuleSigners: async () => {
      const own = await packages.signers.own();
      return { ...(own === undefined ? {} : { own }), signers: packages.signers.list().map(signerToWire) };
    },
    trustModuleSigner: async ({ name, fingerprint }, { caller }) => {
      return { signer: signerToWire(await packages.signers.trust(name, fingerprint, caller.name)) };
    },
    removeModuleSigner: async ({ name }) => {
      await packages.signers.remove(name);
      return {};
    },
  };
}

async function startOf(requests: AsyncIterator<InstallModuleRequest>): Promise<Expected> {
  const first = await requests.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.case === 'start') return message.value;
  throw wrongMessage('the first has to say what is expected of the package');
}

async function* piecesOf(requests: AsyncIterator<InstallModuleRequest>): AsyncGenerator<Uint8Array> {
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    const { message } = next.value;
    if (message.case !== 'data') throw wrongMessage('all but the first have to be pieces of the package');
    yield message.value;
  }
}

function wrongMessage(expected: string): HeadframeError {
  const message = `the messages of this call come in an order: ${expected}`;
  return new HeadframeError({ code: 'invalid_argument', reason: 'request_invalid', message });
}

function signerToWire({ name, fingerprint, by, atMs }: TrustedSigner): MessageInitShape<typeof ModuleSignerSchema> {
  return { name, fingerprint, trustedBy: by, trustedAtMs: BigInt(atMs) };
}
