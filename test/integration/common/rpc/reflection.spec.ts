import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { HealthRegistry, addHealth, addReflection, createClient } from '../../../../common/rpc/index.js';
import { ServerReflection } from '../../../../common/gen/grpc/reflection/v1/reflection_pb.js';
import type {
  ServerReflectionRequestSchema,
  ServerReflectionResponse,
} from '../../../../common/gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as Alpha } from '../../../../common/gen/grpc/reflection/v1alpha/reflection_pb.js';
import { openEcho } from '../../../support/echo-server.js';
import type { EchoFixture } from '../../../support/echo-server.js';

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']>;
type Answer = ServerReflectionResponse['messageResponse'];

/** Names of the files in an answer, checked to be enough to build a registry from. */
function filesOf(answer: Answer | undefined): string[] {
  if (answer?.case !== 'fileDescriptorResponse') throw new Error(`expected files, got ${String(answer?.case)}`);
  const file = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  createFileRegistry(create(FileDescriptorSetSchema, { file: [...file].reverse() }));
  return file.map(({ name }) => name);
}

describe('gRPC server reflection', () => {
  let echo: EchoFixture;

  beforeEach(async () => {
    echo = await openEcho(
      {},
      {
        extend: (server) => {
          addReflection(server);
          addHealth(server, new HealthRegistry());
        },
      },
    );
  });
  afterEach(() => echo.close());

  async function ask(...questions: Question[]): Promise<Answer[]> {
    const call = createClient(ServerReflection, echo.channel).serverReflectionInfo({ timeoutMs: 5000 });
    for (const messageRequest of questions) await call.requests.write({ messageRequest });
    call.requests.end();
    const answers: Answer[] = [];
    for await (const response of call.responses) answers.push(response.messageResponse);
    return answers;
  }

  it('lists all services, itself and later ones included', async () => {
    const [answer] = await ask({ case: 'listServices', value: '' });
    if (answer?.case !== 'listServicesResponse') throw new Error('expected a list');
    expect(answer.value.service.map(({ name }) => name)).to.have.members([
      'echo.v1.EchoService',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ]);
  });

  for (const symbol of [
    'echo.v1.EchoService',
    'echo.v1.EchoService.Chat',
    'echo.v1.SayRequest',
    'echo.v1.SayRequest.text',
    'echo.v1.ChatResponse.Tone',
    'echo.v1.ChatResponse.TONE_PLAIN',
  ]) {
    it(`finds the file that declares ${symbol}`, async () => {
      const [answer] = await ask({ case: 'fileContainingSymbol', value: symbol });
      expect(filesOf(answer)).to.deep.equal(['echo/v1/echo.proto']);
    });
  }

  it('finds a file by its name', async () => {
    const [answer] = await ask({ case: 'fileByFilename', value: 'echo/v1/echo.proto' });
    expect(filesOf(answer)).to.deep.equal(['echo/v1/echo.proto']);
  });

  it('answers not found to unknown names and goes on', async () => {
    const answers = await ask(
      { case: 'fileByFilename', value: 'no.proto' },
      { case: 'fileContainingSymbol', value: 'no.Symbol' },
      { case: 'allExtensionNumbersOfType', value: 'no.Message' },
      { case: 'fileContainingExtension', value: { containingType: 'echo.v1.SayRequest', extensionNumber: 9 } },
      { case: 'allExtensionNumbersOfType', value: 'echo.v1.SayRequest' },
    );
    const codes = answers.map((answer) => (answer.case === 'errorResponse' ? answer.value.errorCode : answer.case));
    expect(codes).to.deep.equal([5, 5, 5, 5, 'allExtensionNumbersResponse']);
  });

  it('speaks v1alpha too', async () => {
    const call = createClient(Alpha, echo.channel).serverReflectionInfo({ timeoutMs: 5000 });
    await call.requests.write({
      host: 'h',
      messageRequest: { case: 'fileContainingSymbol', value: 'echo.v1.EchoService' },
    });
    call.requests.end();
    for await (const { validHost, originalRequest, messageResponse } of call.responses) {
      expect([validHost, originalRequest?.messageRequest.case]).to.deep.equal(['h', 'fileContainingSymbol']);
      expect(messageResponse.case).to.equal('fileDescriptorResponse');
    }
  });
});
