import { expect } from 'chai';
import { communeModules } from '../../../../../coordinator/chain/network/readers/commune-modules.js';
import type { Entry } from '../../../../../coordinator/chain/network/readers/commune-modules.js';

/** Values as @polkadot/api decodes them. */
const number = (value: number) => ({ toBigInt: () => BigInt(value), toString: () => String(value) });
const account = (address: string) => ({ toString: () => address });
const bytes = (text: string) => ({ toU8a: () => new TextEncoder().encode(text), toString: () => text });
const entry = (args: readonly unknown[], value: unknown): Entry => [{ args }, value];

describe('modules of a chain like Commune', () => {
  const owners = [
    entry([number(2), number(0)], account('5Alice')),
    entry([number(2), number(1)], account('5Bob')),
    entry([number(1), number(0)], account('5Bob')),
  ];
  const names = [
    entry([number(2), number(0)], bytes('model::alice')),
    entry([number(2), number(1)], bytes('text')),
    entry([number(1), number(0)], bytes('bob\u0007')),
  ];

  it('are told by netuid and name, each with what its own key says in that subnet', () => {
    const said = [
      entry([number(2), account('5Bob')], bytes('https://github.com/bob/text')),
      entry([number(2), account('5Alice')], bytes('ipfs://abc')),
      entry([number(1), account('5Bob')], bytes('https://github.com/bob/one')),
    ];
    expect(communeModules(said, names, owners)).to.deep.equal([
      { netuid: 1, name: 'bob\\u{7}', metadata: 'https://github.com/bob/one' },
      { netuid: 2, name: 'model::alice', metadata: 'ipfs://abc' },
      { netuid: 2, name: 'text', metadata: 'https://github.com/bob/text' },
    ]);
  });

  it('are left out where they say nothing, and where they have left', () => {
    const said = [
      entry([number(2), account('5Alice')], bytes('')),
      entry([number(1), account('5Alice')], bytes('https://github.com/alice/gone')),
    ];
    expect(communeModules(said, names, owners)).to.deep.equal([]);
  });
});
