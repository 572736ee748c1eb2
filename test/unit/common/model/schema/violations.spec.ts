import { expect } from 'chai';
import { z } from 'zod';
import type { FieldViolation } from '../../../../../common/model/error.js';
import { bytesField, checkSchema, durationField, strictObject } from '../../../../../common/model/schema/index.js';

const schema = strictObject({
  name: z.string().optional(),
  kind: z.enum(['http', 'tcp']).optional(),
  size: bytesField({ min: 1, max: 2 ** 20 }).optional(),
  time: durationField({ min: 0, max: 1000 }).optional(),
  env: z.record(z.string().regex(/^[A-Z.]+$/, 'capitals'), z.string()).optional(),
  list: z
    .array(strictObject({ port: z.int().max(9) }))
    .max(2)
    .optional(),
  either: z.union([z.enum(['a', 'b']), strictObject({ c: z.boolean() })]).optional(),
});

function violationsOf(input: unknown): readonly FieldViolation[] {
  const checked = checkSchema(schema, input);
  return 'violations' in checked ? checked.violations : [];
}

describe('what is wrong with an input', () => {
  const cases: [string, unknown, Partial<FieldViolation>][] = [
    ['a number where text is meant', { name: 5 }, { path: 'name', value: '5', remedy: 'Put it in quotes: "5".' }],
    ['a misspelt word', { kind: 'htpp' }, { path: 'kind', value: '"htpp"', remedy: 'Did you mean "http"?' }],
    ['a field inside a list', { list: [{ port: 1 }, { port: 10 }] }, { path: 'list[1].port', value: '10' }],
    ['a list that is too long', { list: [{ port: 1 }, { port: 1 }, { port: 1 }] }, { path: 'list' }],
    ['a missing field', { list: [{}] }, { path: 'list[0].port' }],
    ['an unknown field inside an alternative', { either: { c: true, d: 1 } }, { path: 'either.d' }],
    ['a wrong field inside an alternative', { either: { c: 1 } }, { path: 'either.c', value: '1' }],
    ['no known alternative', { either: 'aa' }, { path: 'either', value: '"aa"', remedy: 'Did you mean "a"?' }],
    ['a key that is not allowed', { env: { a: 'x' } }, { path: 'env.a', value: '"a"', expected: 'capitals' }],
    ['a key that has dots', { env: { 'A.B': 1 } }, { path: 'env["A.B"]', value: '1' }],
    ['an amount out of range', { size: '2MiB' }, { path: 'size', value: '"2MiB"' }],
    ['an amount of the wrong type', { size: [1] }, { path: 'size', value: '[1]' }],
    ['a duration without a unit', { time: 30 }, { path: 'time', value: '30', remedy: 'Add a unit: 30s.' }],
    ['no mapping at all', [], { path: '', value: '[]' }],
  ];
  for (const [title, input, expected] of cases) {
    it(`is told of ${title}`, () => {
      const violations = violationsOf(input);
      expect(violations).to.have.length(1);
      expect(violations[0]).to.deep.include(expected);
    });
  }

  it('is told completely', () => {
    const paths = violationsOf({ name: 1, kind: 2, sise: 3, list: [{ port: 99, prot: 1 }] }).map(({ path }) => path);
    expect(paths).to.have.members(['name', 'kind', 'sise', 'list[0].port', 'list[0].prot']);
  });

  it('says nothing of what is right', () => {
    const input = { name: 'x', kind: 'tcp', size: '1KiB', time: '1s', env: { A: '' }, list: [], either: 'b' };
    expect(violationsOf(input)).to.deep.equal([]);
  });
});
