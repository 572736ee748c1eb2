import { ServerReflection as ReflectionV1 } from '../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ReflectionV1Alpha } from '../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { ReflectionIndex } from './reflection-index.js';
import type { RpcServer } from './server.js';
import { statusOf } from './status.js';

/** What both versions of the protocol ask, their messages' names apart. */
type Question =
  | { readonly case: 'fileByFilename' | 'fileContainingSymbol'; readonly value: string }
  | { readonly case: 'fileContainingExtension'; readonly value: { readonly containingType: string } }
  | { readonly case: 'allExtensionNumbersOfType' | 'listServices'; readonly value: string }
  | { readonly case: undefined };

/** What both versions of the protocol answer. */
type Answer =
  | { readonly case: 'fileDescriptorResponse'; readonly value: { readonly fileDescriptorProto: Uint8Array[] } }
  | { readonly case: 'allExtensionNumbersResponse'; readonly value: { readonly baseTypeName: string } }
  | { readonly case: 'listServicesResponse'; readonly value: { readonly service: { readonly name: string }[] } }
  | { readonly case: 'errorResponse'; readonly value: { readonly errorCode: number; readonly errorMessage: string } };

/** Adds server reflection, v1 and v1alpha, that describes all services of the server, itself included; before `listen`. */
export function addReflection(server: RpcServer): void {
  let index: ReflectionIndex | undefined;
  // Built by the first question, when every service has been added.
  const answer = (question: Question): Answer =>
    answerReflection((index ??= new ReflectionIndex(server.services)), question);
  server.add(ReflectionV1, {
    async *serverReflectionInfo(requests) {
      for await (const request of requests) yield { ...echo(request), messageResponse: answer(request.messageRequest) };
    },
  });
  server.add(ReflectionV1Alpha, {
    async *serverReflectionInfo(requests) {
      for await (const request of requests) yield { ...echo(request), messageResponse: answer(request.messageRequest) };
    },
  });
}

function echo<Request extends { readonly host: string }>(
  request: Request,
): { validHost: string; originalRequest: Request } {
  return { validHost: request.host, originalRequest: request };
}

/** Answers one question of server reflection; unknown names are answers too. */
function answerReflection(index: ReflectionIndex, question: Question): Answer {
  switch (question.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: index.serviceNames.map((name) => ({ name })) } };
    case 'fileByFilename':
      return fileAnswer(index.byFileName(question.value), question.value);
    case 'fileContainingSymbol':
      return fileAnswer(index.bySymbol(question.value), question.value);
    case 'allExtensionNumbersOfType':
      if (!index.hasMessage(question.value)) return errorAnswer('not_found', `no message ${question.value} here`);
      // proto3 has no extensions but of options.
      return { case: 'allExtensionNumbersResponse', value: { baseTypeName: question.value } };
    case 'fileContainingExtension':
      return errorAnswer('not_found', `no extension of ${question.value.containingType} here`);
    case undefined:
      return errorAnswer('invalid_argument', 'the request asks nothing that is known here');
  }
}

function fileAnswer(fileDescriptorProto: Uint8Array[] | undefined, asked: string): Answer {
  if (fileDescriptorProto === undefined) return errorAnswer('not_found', `no ${asked} here`);
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function errorAnswer(code: 'not_found' | 'invalid_argument', errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode: statusOf(code), errorMessage } };
}
