import { Readable } from 'node:stream';
import { expect } from 'chai';
import { readForm } from '../../../../../coordinator/gateway/vms/form.js';
import { expectReason } from '../../../../support/expect-reason.js';

const TYPE = 'multipart/form-data; boundary=x';

type Part = readonly [name: string, value: string, fileName?: string];

function bodyOf(parts: readonly Part[], end = '--x--\r\n'): Readable {
  const texts = parts.map(([name, value, fileName]) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"\r\nContent-Type: application/octet-stream`;
    return `--x\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  });
  return Readable.from([Buffer.from(`${texts.join('')}${end}`)]);
}

async function textOf(file: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of file as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('forms', () => {
  it('give their texts, and their file to whoever takes it', async () => {
    const body = bodyOf([
      ['port', '3000'],
      ['file', 'FROM scratch\n', 'Dockerfile'],
      ['remote_dir', 'here'],
    ]);
    expect(await readForm(body, TYPE, textOf)).to.deep.equal({
      file: 'FROM scratch\n',
      fileName: 'Dockerfile',
      fields: { port: '3000', remote_dir: 'here' },
    });
  });

  it('are refused with a name that leads somewhere, and the rest is read', async () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', '..', 'a\\\\b', 'a/b']) {
      const body = bodyOf([['file', 'x', name]]);
      await expectReason(readForm(body, TYPE, textOf), 'request_invalid');
      await new Promise((resolve) => body.once('close', resolve).resume());
    }
  });

  it('are refused that are none, have two files, a file by another name, a field twice, or no end', async () => {
    const file: Part = ['file', 'x', 'a'];
    await expectReason(readForm(bodyOf([file]), 'application/json', textOf), 'request_invalid');
    await expectReason(readForm(undefined, TYPE, textOf), 'request_invalid');
    await expectReason(readForm(bodyOf([file]), 'multipart/form-data; x', textOf), 'request_invalid');
    for (const parts of [
      [file, file],
      [['other', 'x', 'a'] as const],
      [['port', '1'] as const, ['port', '2'] as const],
    ])
      await expectReason(readForm(bodyOf(parts), TYPE, textOf), 'request_invalid');
    await expectReason(readForm(bodyOf([file], ''), TYPE, textOf), 'request_invalid');
  });

  it('fail as their file does, without waiting for more of it', async () => {
    const endless = new Readable({ read: () => undefined });
    endless.push('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc');
    const refused = readForm(endless, TYPE, () => Promise.reject(new Error('too large')));
    expect(await refused.catch((error: unknown) => (error as Error).message)).to.equal('too large');
    endless.destroy();
  });
});
