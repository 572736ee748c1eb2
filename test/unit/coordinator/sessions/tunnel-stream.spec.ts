import { once } from 'node:events';
import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { OutputStream, TunnelRequestSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { TunnelRequest } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { TunnelStream } from '../../../../coordinator/sessions/index.js';
import type { Tunnel } from '../../../../coordinator/sessions/index.js';
import { waitFor } from '../../../support/wait-for.js';

describe('a tunnel as a connection', () => {
  it('carries both ways, and tells each end apart', async () => {
    const far = new FarEnd();
    const stream = new TunnelStream(far.tunnel);
    far.say('in');
    expect(String(await once(stream, 'data'))).to.equal('in');
    far.say('');
    await once(stream, 'end');
    stream.end('out');
    await once(stream, 'finish');
    expect(far.heard).to.deep.equal(['out', 'end']);
    far.push({ case: 'exit', value: { $typeName: 'headframe.v1.TunnelExit', code: 0 } });
    await waitFor('the end', () => far.closed > 0);
  });

  it('is destroyed with why where the agent could not connect, or the tunnel broke', async () => {
    const far = new FarEnd();
    const stream = new TunnelStream(far.tunnel);
    const value = {
      $typeName: 'headframe.v1.TunnelFailure',
      reason: 'port_silent',
      text: 'nobody there',
    } as const;
    far.push({ case: 'failure', value });
    const [error] = await once(stream, 'error').catch((thrown: unknown) => [thrown]);
    expect(error).to.include({ reason: 'port_silent', message: 'nobody there' });
    expect(far.closed).to.equal(1);
  });

  it('takes no more from the agent than is read', async () => {
    const far = new FarEnd();
    const stream = new TunnelStream(far.tunnel);
    for (let count = 0; count < 64; count += 1) far.say('x'.repeat(16_384));
    await waitFor('the first', () => far.taken > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(far.taken).to.be.lessThan(8);
    stream.resume();
    await waitFor('all', () => far.taken === 64);
    stream.destroy();
    expect(far.closed).to.equal(1);
  });
});

/** The agent's side of a tunnel. */
class FarEnd {
  readonly heard: string[] = [];
  taken = 0;
  closed = 0;
  readonly #queue: TunnelRequest[] = [];
  #wake: () => void = () => undefined;

  get tunnel(): Tunnel {
    const write: Tunnel['outgoing']['write'] = (response) => {
      const message = 'message' in response ? response.message : undefined;
      if (message?.case === 'stdin') this.heard.push(Buffer.from(message.value).toString());
      if (message?.case === 'stdinEnd') this.heard.push('end');
      return Promise.resolve();
    };
    const outgoing = { write, end: () => undefined, closed: false };
    const close = (): void => {
      this.closed += 1;
      this.#wake();
    };
    return { incoming: this.#incoming(), outgoing, close };
  }

  say(text: string): void {
    const data = new Uint8Array(Buffer.from(text));
    this.push({ case: 'data', value: { $typeName: 'headframe.v1.StreamData', stream: OutputStream.STDOUT, data } });
  }

  push(message: TunnelRequest['message']): void {
    this.#queue.push(create(TunnelRequestSchema, { message }));
    this.#wake();
  }

  async *#incoming(): AsyncGenerator<TunnelRequest> {
    while (this.closed === 0) {
      const next = this.#queue.shift();
      if (next === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else {
        this.taken += 1;
        yield next;
      }
    }
  }
}
