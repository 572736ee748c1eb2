import { expect } from 'chai';
import type { MethodHandler, ServiceImplementation } from '../../../../common/rpc/index.js';
import { plainEcho } from '../../../support/echo-server.js';
import type { EchoService } from '../../../support/gen/echo/v1/echo_pb.js';

type Echo = typeof EchoService;

describe('ServiceImplementation', () => {
  // The assertions are the comments: the compiler fails on an expected error that does not come.
  it('does not compile without a handler for each method', () => {
    const { say, repeat, join } = plainEcho;
    // @ts-expect-error chat is missing
    const incomplete: ServiceImplementation<Echo> = { say, repeat, join };
    expect(incomplete).to.not.have.property('chat');
  });

  it('does not compile with a handler of another kind or another message', () => {
    // @ts-expect-error one response where many are due
    const single: MethodHandler<Echo['method']['repeat']> = async () => ({ text: '' });
    // @ts-expect-error a field of another type
    const wrong: MethodHandler<Echo['method']['say']> = async () => ({ text: 1 });
    expect([single, wrong]).to.have.length(2);
  });
});
