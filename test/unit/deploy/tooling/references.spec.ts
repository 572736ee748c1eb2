import { expect } from 'chai';
import { manifestJsonSchema } from '../../../../common/model/manifest/index.js';
import { renderConfigReference } from '../../../../deploy/tooling/docs/config-reference.js';
import { renderManifestReference, renderManifestSchema } from '../../../../deploy/tooling/docs/manifest-reference.js';
import { renderReasonsReference } from '../../../../deploy/tooling/docs/reasons-reference.js';
import { fieldRows } from '../../../../deploy/tooling/docs/schema-fields.js';
import type { FieldSchema } from '../../../../deploy/tooling/docs/schema-fields.js';

describe('the references', () => {
  it('name every field of a schema with its type, default and range', () => {
    const schema: FieldSchema = {
      required: ['a'],
      properties: {
        a: { type: 'string', maxLength: 9, description: 'An a.' },
        b: { type: 'array', items: { type: 'object', properties: { c: { type: 'integer', minimum: 1, default: 2 } } } },
        d: {
          anyOf: [
            { enum: ['x'] },
            { type: 'object', properties: { e: { type: ['string', 'number'], range: '1 to 2' } } },
          ],
        },
      },
    };
    expect(fieldRows(schema)).to.deep.equal([
      { path: 'a', type: 'text', standard: 'required', range: 'at most 9 characters', meaning: 'An a.' },
      { path: 'b', type: 'list of mapping', standard: '', range: '', meaning: '' },
      { path: 'b[].c', type: 'whole number', standard: '2', range: 'at least 1', meaning: '' },
      { path: 'd', type: '"x" | mapping', standard: '', range: '', meaning: '' },
      { path: 'd.e', type: 'amount', standard: '', range: '1 to 2', meaning: '' },
    ]);
  });

  it('leave no field of a manifest without type and meaning', () => {
    const rows = fieldRows(manifestJsonSchema()); // what zod writes is a JSON Schema
    expect(rows.length).to.be.greaterThan(60);
    expect(rows.filter(({ type, meaning }) => type === '' || meaning === '')).to.deep.equal([]);
  });

  it('have a row for each thing they are about', () => {
    expect(renderManifestReference()).to.include('| `container.ports[].host` |');
    expect(renderConfigReference()).to.include('`HEADFRAME_AGENT_LOG_LEVEL`').and.include('`--lease-length`');
    expect(renderReasonsReference()).to.include('| `insufficient_memory` |');
  });

  it('give editors a schema that refuses unknown fields and requires no defaults, and of each kind what that cannot be without', () => {
    expect(JSON.parse(renderManifestSchema())).to.deep.include({
      $schema: 'http://json-schema.org/draft-07/schema#',
      additionalProperties: false,
      required: ['kind', 'name'],
      allOf: ['container', 'module', 'model', 'space'].map((kind) => ({
        if: { properties: { kind: { const: kind } } },
        then: { required: [kind] },
      })),
    });
  });
});
