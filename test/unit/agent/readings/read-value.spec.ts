import { expect } from 'chai';
import { readValue } from '../../../../agent/readings/read-value.js';

const METRICS = `# HELP queue Things that wait.
# TYPE queue gauge
queue 3
queue_total 99
queue{kind="a"} 1.5
queue{kind="b } 9",path="\\"x\\""} 2e1 1700000000000
other{queue="1"} 7
bad NaN
huge +Inf
`;

const prometheus = (name: string, text = METRICS) => readValue(text, { format: 'prometheus', name });
const json = (name: string, text: string) => readValue(text, { format: 'json', name });

describe('readValue', () => {
  it('adds up the series of a metric and no others', () => {
    expect(prometheus('queue')).to.deep.equal({ value: 24.5 });
    expect(prometheus('queue_total')).to.deep.equal({ value: 99 });
  });

  it('reads lines that end as in Windows, and the last one without an end', () => {
    expect(prometheus('a', 'a 1\r\na{x="1"} 2')).to.deep.equal({ value: 3 });
  });

  for (const name of ['bad', 'huge', 'nobody', 'que', '# HELP queue'])
    it(`tells what is in the way of ${name}`, () => {
      expect(prometheus(name)).to.have.property('why').that.is.not.empty;
    });

  it('finds a number in JSON', () => {
    expect(json('a.b[1].c', '{"a":{"b":[0,{"c":-4.5}]}}')).to.deep.equal({ value: -4.5 });
  });

  for (const text of ['{"a":"1"}', '{"a":null}', '{"a":{}}', '{}', '[]', '1', '{', ''])
    it(`finds none in ${JSON.stringify(text)}`, () => {
      expect(json('a', text)).to.have.property('why').that.is.not.empty;
    });

  it('finds nothing that every object inherits', () => {
    expect(json('constructor.length', '{}')).to.have.property('why');
    expect(json('a.length', '{"a":[1]}')).to.deep.equal({ value: 1 });
  });
});
