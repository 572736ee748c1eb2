import { expect } from 'chai';
import { vmsField } from '../../../../common/config/vms-config.js';
import { checkSchema } from '../../../../common/model/schema/index.js';

/** The settings that are refused. */
function wrong(settings: object): readonly string[] {
  const checked = checkSchema(vmsField, settings);
  return 'violations' in checked ? checked.violations.map(({ path }) => path) : [];
}

describe("the settings of TensorNode's routes", () => {
  it("are the original's defaults, without a price", () => {
    expect(checkSchema(vmsField, {})).to.deep.equal({
      value: {
        prefix: '/tensornode',
        defaults: {
          configuration: { cpuMillis: 4_000, memoryBytes: 8 * 2 ** 30, diskBytes: 25 * 2 ** 30 },
          maxPriceUsd: undefined,
        },
      },
    });
  });

  it('are refused where a prefix is none, or that of other routes, and where resources are none', () => {
    for (const prefix of ['', '/', 'tensornode', '/a/', '/../a', '/A', '/a b', '/:id', '/v1', '/models/x', '/allocate'])
      expect(wrong({ prefix }), prefix).to.include('prefix');
    expect(wrong({ prefix: '/a/tensor-node' })).to.deep.equal([]);
    expect(wrong({ configuration: 'cpu-lots', maxPrice: -1 })).to.have.members(['configuration', 'maxPrice']);
  });
});
