import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { judgeServing } from '../../../../../coordinator/chain/registration/judge-serving.js';
import type { ServingTerms } from '../../../../../coordinator/chain/registration/judge-serving.js';
import { judgeStanding, wasRegistered } from '../../../../../coordinator/chain/registration/judge-standing.js';
import { probeEndpoint } from '../../../../../coordinator/chain/registration/probe.js';
import { freePort } from '../../../../support/free-port.js';

const PLACE = { network: 'net', netuid: 7, hotkey: '5Hot' };
const ENDPOINT = { ip: '203.0.113.7', port: 8091 };
const AXON = { ...ENDPOINT, block: 100, version: 8 };
const TERMS: ServingTerms = { best: 120, uid: 1, axon: undefined, rateLimit: 50 };

describe('whether an endpoint is told to the chain', () => {
  it('is so on a difference alone', () => {
    const judged = (terms: Partial<ServingTerms>, endpoint = ENDPOINT) =>
      judgeServing({ ...TERMS, ...terms }, endpoint, PLACE);
    expect(judged({})).to.deep.equal({ same: false, version: 0 });
    expect(judged({ axon: AXON })).to.deep.equal({ same: true });
    expect(judged({ axon: AXON, best: 200 }, { ...ENDPOINT, port: 1 })).to.deep.equal({ same: false, version: 8 });
    expect(judged({ axon: AXON, best: 149 }, { ...ENDPOINT, port: 1 }).same).to.equal(false);
    refused(() => judged({ axon: AXON, best: 148 }, { ...ENDPOINT, port: 1 }), 'too_soon');
    refused(() => judged({ uid: undefined }), 'hotkey_not_registered');
    refused(() => judged({}, { ip: '127.0.0.1', port: 8091 }), 'serving_invalid');
  });

  it('is no difference by how an address is written', () => {
    const axon = { ...AXON, ip: '2001:db8:0:0:0:0:0:7' };
    expect(judgeServing({ ...TERMS, axon }, { ip: '2001:DB8::7', port: 8091 }, PLACE)).to.deep.equal({ same: true });
    expect(judgeServing({ ...TERMS, axon, best: 200 }, { ip: '2001:db8::8', port: 8091 }, PLACE).same).to.equal(false);
  });
});

describe('how a hotkey stands', () => {
  const stateOf = (...parameters: Parameters<typeof judgeStanding>): string => judgeStanding(...parameters).state;

  it('tells one that was pruned from one that is dark and one that never was there', () => {
    expect(stateOf({ uid: 1, axon: AXON }, undefined, true)).to.equal('registered');
    expect(stateOf({ uid: 1, axon: AXON }, { answers: true }, true)).to.equal('registered');
    expect(stateOf({ uid: 1, axon: AXON }, { answers: false, why: 'refused' }, true)).to.equal('dark');
    expect(stateOf({ uid: undefined, axon: undefined }, undefined, true)).to.equal('pruned');
    // A runtime that forgets no endpoint gives away who was there.
    expect(stateOf({ uid: undefined, axon: AXON }, undefined, false)).to.equal('pruned');
    expect(stateOf({ uid: undefined, axon: undefined }, undefined, false)).to.equal('unregistered');
  });

  it('is known of what Headframe registered itself', () => {
    const effect = { pallet: 'subtensorModule', item: 'uids', keys: [7, '5Hot'], is: 'present' } as const;
    const done = { network: 'net', effect, state: 'finalised' } as const;
    expect(wasRegistered([done], PLACE)).to.equal(true);
    expect(wasRegistered([{ ...done, state: 'failed' }], PLACE)).to.equal(false);
    expect(wasRegistered([{ ...done, network: 'other' }], PLACE)).to.equal(false);
    expect(wasRegistered([done], { ...PLACE, netuid: 8 })).to.equal(false);
  });
});

describe('a probe of an endpoint', () => {
  it('tells what answers from what does not', async () => {
    const { createServer } = await import('node:net');
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(await probeEndpoint({ ip: '127.0.0.1', port })).to.deep.equal({ answers: true });
    await new Promise((resolve) => server.close(resolve));
    expect(await probeEndpoint({ ip: '127.0.0.1', port: await freePort() })).to.include({ answers: false });
  });
});

function refused(act: () => unknown, reason: string): void {
  expect(act).to.throw(HeadframeError).with.property('reason', reason);
}
