import { expect } from 'chai';
import { httpField } from '../../../../common/config/http-config.js';

describe('origins whose pages may call', () => {
  const isTaken = (origin: string): boolean => httpField.safeParse({ corsOrigins: [origin] }).success;

  it('are none unless somebody says so', () => {
    expect(httpField.parse({})).to.deep.include({ corsOrigins: [] });
  });

  it('are exact, and in clear of this machine alone', () => {
    for (const good of ['https://panel.example', 'https://panel.example:8443', 'http://localhost:3000'])
      expect(isTaken(good), good).to.equal(true);
    const bad = [
      '*',
      'null',
      'https://*.example',
      'https://panel.example/',
      'https://panel.example:443',
      'panel.example',
    ];
    for (const origin of [...bad, 'http://panel.example', 'https://a@panel.example', 'file://panel'])
      expect(isTaken(origin), origin).to.equal(false);
  });
});
