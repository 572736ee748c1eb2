import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { file_headframe_v1_error } from '../../../../common/gen/headframe/v1/error_pb.js';
import { ReflectionIndex } from '../../../../common/rpc/reflection-index.js';
import { EchoService } from '../../../support/gen/echo/v1/echo_pb.js';

describe('ReflectionIndex', () => {
  it('gives a file together with all that it needs', () => {
    const service = { ...EchoService, file: file_headframe_v1_error };
    const files = new ReflectionIndex([service]).bySymbol('headframe.v1.ErrorStatus') ?? [];
    const names = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
    expect(names).to.deep.equal(['headframe/v1/error.proto', 'google/protobuf/any.proto']);
  });

  it('finds a symbol written with a leading dot', () => {
    expect(new ReflectionIndex([EchoService]).bySymbol('.echo.v1.EchoService')).to.have.length(1);
  });

  it('knows messages from other symbols', () => {
    const index = new ReflectionIndex([EchoService]);
    expect(index.hasMessage('echo.v1.SayRequest')).to.equal(true);
    expect(index.hasMessage('echo.v1.EchoService')).to.equal(false);
  });
});
