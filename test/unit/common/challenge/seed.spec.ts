import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { isAnswerSigned, signAnswer } from '../../../../common/challenge/answer.js';
import { LabelHasher, NODE_BYTES, labelStart, parentNodes, placeBefore } from '../../../../common/challenge/label.js';
import { parameterBytes, parameterFault } from '../../../../common/challenge/parameters.js';
import { sampleIndices } from '../../../../common/challenge/sample.js';
import { seedOf } from '../../../../common/challenge/seed.js';
import { parametersFromWire, parametersToWire } from '../../../../common/challenge/wire.js';
import { SMALL } from '../../../support/challenge/wishes.js';

const nonce = Buffer.alloc(32, 1);
const base = { nonce, hostKey: Buffer.alloc(91, 2), parameters: SMALL.cpu, subject: 'l-1', epoch: 3 };

describe('seeds of challenges', () => {
  it('differ with the nonce, the host, the parameters, what is proven for, and the epoch', () => {
    const seeds = [
      seedOf(base),
      seedOf({ ...base, nonce: Buffer.alloc(32, 9) }),
      seedOf({ ...base, hostKey: Buffer.alloc(91, 9) }),
      seedOf({ ...base, parameters: { ...SMALL.cpu, steps: 17 } }),
      seedOf({ ...base, parameters: SMALL.memory }),
      seedOf({ ...base, parameters: SMALL.gpu }),
      seedOf({ ...base, parameters: { ...SMALL.gpu, devices: [{ id: 'GPU-2', tiles: 32 }] } }),
      seedOf({ ...base, subject: 'l-2' }),
      seedOf({ ...base, epoch: 4 }),
    ].map((seed) => seed.toString('hex'));
    expect(new Set(seeds).size).to.equal(seeds.length);
    expect(seedOf(base).toString('hex')).to.equal(seeds[0]);
  });

  it('have parameters that mean something else in other bytes, and come over the wire as they are', () => {
    const all = Object.values(SMALL);
    const bytes = all.filter(({ type }) => type !== 'disk').map((one) => parameterBytes(one).toString('hex'));
    expect(new Set(bytes).size).to.equal(bytes.length);
    for (const one of all) expect(parametersFromWire(parametersToWire(one))).to.deep.equal(one);
  });

  it('are of parameters within bounds alone', () => {
    for (const one of Object.values(SMALL)) expect(parameterFault(one)).to.equal(undefined);
    const faults = [
      parameterFault({ ...SMALL.cpu, chains: 0 }),
      parameterFault({ ...SMALL.cpu, steps: 1.5 }),
      parameterFault({ ...SMALL.memory, memoryKib: 2 ** 33 }),
      parameterFault({ ...SMALL.memory, memoryKib: 64, lanes: 9 }),
      parameterFault({ ...SMALL.plot, nodes: 3000 }),
      parameterFault({ ...SMALL.plot, label: '../up' }),
      parameterFault({ ...SMALL.gpu, devices: [] }),
      parameterFault({ ...SMALL.gpu, devices: [{ id: 'GPU-1', tiles: 33 }] }),
      parameterFault({ ...SMALL.gpu, devices: [{ id: 'GPU 1', tiles: 32 }] }),
      parameterFault({ ...SMALL.gpu, devices: [...SMALL.gpu.devices, ...SMALL.gpu.devices] }),
    ];
    for (const fault of faults) expect(fault).to.be.a('string');
  });
});

describe('samples', () => {
  it('are the same for both sides, within bounds, and others for another reveal, root or name', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 1e9 }), (reveal, below) => {
        const input = { reveal, roots: [Buffer.alloc(32, 7)], name: 'x' };
        const drawn = sampleIndices(input, 32, below);
        expect(drawn).to.deep.equal(sampleIndices(input, 32, below));
        for (const one of drawn) expect(one).to.be.within(0, below - 1);
      }),
    );
    const input = { reveal: Buffer.alloc(32), roots: [Buffer.alloc(32, 7)], name: 'x' };
    const drawn = sampleIndices(input, 32, 1e9);
    const others = [{ roots: [Buffer.alloc(32, 8)] }, { reveal: Buffer.alloc(32, 1) }, { name: 'y' }];
    for (const other of others) expect(sampleIndices({ ...input, ...other }, 32, 1e9)).to.not.deep.equal(drawn);
  });
});

describe('answers', () => {
  it('are signed for one kind, seed and payload alone', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = publicKey.export({ type: 'spki', format: 'der' });
    const answer = { kind: 'commit', seed: randomBytes(32), payload: randomBytes(100) } as const;
    const signature = signAnswer(answer, privateKey);
    expect(isAnswerSigned(answer, signature, key)).to.equal(true);
    expect(isAnswerSigned({ ...answer, kind: 'open' }, signature, key)).to.equal(false);
    expect(isAnswerSigned({ ...answer, seed: randomBytes(32) }, signature, key)).to.equal(false);
    expect(isAnswerSigned({ ...answer, payload: randomBytes(100) }, signature, key)).to.equal(false);
    expect(isAnswerSigned(answer, Buffer.alloc(0), key)).to.equal(false);
    expect(isAnswerSigned(answer, signature, Buffer.from('no key'))).to.equal(false);
  });
});

describe('label nodes', () => {
  it('are BLAKE2b-512 of version, layer, node, seed, the node before and the parents', () => {
    const seed = Buffer.alloc(32, 5);
    const [before, left, right] = [Buffer.alloc(64, 1), Buffer.alloc(64, 2), Buffer.alloc(64, 3)];
    const number = Buffer.from('0000000000000102', 'hex');
    const by = (...parts: Uint8Array[]) => createHash('blake2b512').update(Buffer.concat(parts)).digest('hex');
    const hasher = new LabelHasher(seed);
    const upper = hasher.node({ layer: 3, node: 258 }, { before, parents: [left, right] });
    expect(upper.toString('hex')).to.equal(by(Buffer.from([1, 3]), number, seed, before, left, right));
    const lowest = hasher.node({ layer: 0, node: 258 }, { before: labelStart(seed), parents: [] });
    expect(lowest.toString('hex')).to.equal(by(Buffer.from([1, 0]), number, seed, labelStart(seed)));
    expect(lowest.length).to.equal(NODE_BYTES);
  });

  it('have parents within the layer below, and one before but for the first of all', () => {
    expect(parentNodes(Buffer.from('ffffffff00000401', 'hex'), 1024)).to.deep.equal([1023, 1]);
    expect(placeBefore({ layer: 0, node: 0 }, 1024)).to.equal(undefined);
    expect(placeBefore({ layer: 2, node: 0 }, 1024)).to.deep.equal({ layer: 1, node: 1023 });
    expect(placeBefore({ layer: 2, node: 5 }, 1024)).to.deep.equal({ layer: 2, node: 4 });
  });
});
