import { expect } from 'chai';
import { judgeEndpoints, shownEndpoint } from '../../../../../coordinator/chain/network/endpoint.js';

describe('the endpoints of a network', () => {
  it('are WebSocket URLs', () => {
    expect(judgeEndpoints(['ws://127.0.0.1:9944', 'wss://node.example/rpc?apikey=1'])).to.deep.equal([]);
  });

  const bad: readonly (readonly [string, readonly string[], string])[] = [
    ['none', [], 'endpoints'],
    ['more than are tried', Array.from({ length: 9 }, (_, at) => `ws://n${String(at)}`), 'endpoints'],
    ['of another kind', ['ws://a', 'http://a'], 'endpoints[1]'],
    ['no URL', ['127.0.0.1:9944'], 'endpoints[0]'],
    ['without a host', ['ws://'], 'endpoints[0]'],
    ['with a password', ['ws://me:pass@a'], 'endpoints[0]'],
    ['with a fragment', ['ws://a/#x'], 'endpoints[0]'],
    ['given twice', ['ws://a', 'ws://a'], 'endpoints[1]'],
    ['too long', [`ws://a/${'x'.repeat(600)}`], 'endpoints[0]'],
  ];
  for (const [what, endpoints, path] of bad)
    it(`are refused by field: ${what}`, () => {
      expect(judgeEndpoints(endpoints).map((violation) => violation.path)).to.deep.equal([path]);
    });

  it('are shown without what might be a key', () => {
    expect(shownEndpoint('wss://node.example/rpc?apikey=hush')).to.equal('wss://node.example/rpc?…');
    expect(shownEndpoint('wss://node.example/0123456789abcdef01')).to.equal('wss://node.example/…');
    expect(shownEndpoint('ws://127.0.0.1:9944')).to.equal('ws://127.0.0.1:9944');
    expect(judgeEndpoints(['ws://me:pass@a'])[0]?.value).to.equal('ws://…@a');
  });
});
