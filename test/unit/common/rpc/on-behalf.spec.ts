import { expect } from 'chai';
import type { CallRequest } from '../../../../common/rpc/index.js';
import { asItWasMade, isOnBehalf, onBehalfHeaders } from '../../../../common/rpc/on-behalf.js';

describe('a call on behalf of another', () => {
  const proof = Buffer.from('coordinator');
  const requestOf = (headers: Readonly<Record<string, string>>): CallRequest => ({
    ...{ method: '/x/Y', peer: '10.0.0.2:5', certificate: proof, isPrivate: true, requestId: 'r' },
    metadata: { get: (name) => headers[name.toLowerCase()] },
  });
  const made = { peer: '10.0.0.9:1', certificate: Buffer.from('caller'), requestId: 'r' };
  const known = (certificate: Buffer | undefined): string | undefined => (certificate === proof ? 'c2:1' : undefined);

  it('is what its caller made it, where a coordinator hands it on', () => {
    const { metadata, ...asked } = asItWasMade(requestOf({ ...onBehalfHeaders(made), other: 'yes' }), known);
    expect(asked).to.deep.equal({ method: '/x/Y', isPrivate: true, ...made, via: 'c2:1' });
    expect(isOnBehalf(metadata)).to.equal(false);
    expect([metadata.get('other'), metadata.get('Headframe-On-Behalf-Of-Bin')]).to.deep.equal(['yes', undefined]);
    const unproven = asItWasMade(requestOf(onBehalfHeaders({ ...made, certificate: undefined })), known);
    expect(unproven).to.include({ via: 'c2:1', certificate: undefined });
    expect(asItWasMade(requestOf({ 'headframe-on-behalf-of': 'a b\\n' }), known).peer).to.equal('unknown');
  });

  it('stays one that only claims to be one, where anybody else makes it', () => {
    for (const name of ['headframe-on-behalf-of', 'headframe-on-behalf-of-bin']) {
      const request = requestOf({ [name]: 'x' });
      const asked = asItWasMade(request, () => undefined);
      expect(asked).to.equal(request);
      expect(isOnBehalf(asked.metadata)).to.equal(true);
    }
    // The evidence alone is nobody's word that it is one.
    expect(asItWasMade(requestOf({}), known)).to.include({ peer: '10.0.0.2:5', certificate: proof });
  });
});
