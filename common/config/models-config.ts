import { isIP } from 'node:net';
import { z } from 'zod';
import { bytesField, durationField, strictObject } from '../model/schema/index.js';

const MIB = 2 ** 20;

const addressField = z
  .string()
  .max(60)
  .refine((text) => {
    const [address = '', bits, ...more] = text.split('/');
    const version = isIP(address);
    if (version === 0 || more.length > 0) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
  }, 'an address, or a network such as 10.1.0.0/16');

/** What the coordinator takes of models; parsed to bytes and milliseconds. */
export const modelsField = strictObject({
  maxUpload: bytesField({ min: MIB, max: 2 ** 40 })
    .prefault('256MiB')
    .describe('Most that one upload, or the URL of one model, may bring.'),
  maxContent: bytesField({ min: MIB, max: 2 ** 40 })
    .prefault('1GiB')
    .describe(
      'Most that the archive of one model may have when it is unpacked. It is kept on disk, within modules.maxCache.',
    ),
  fetchTimeout: durationField({ min: 1000, max: 3_600_000 })
    .prefault('2m')
    .describe('Time for what one URL gives, redirects included, and for one upload that stands still.'),
  allowedAddresses: z
    .array(addressField)
    .max(64)
    .prefault([])
    .describe(
      'Addresses or networks inside of private networks that URLs of models may lead to; without one none is called.',
    ),
})
  .prefault({})
  .transform(({ maxUpload, maxContent, fetchTimeout, allowedAddresses }) => ({
    uploadBytes: maxUpload,
    contentBytes: maxContent,
    fetchMs: fetchTimeout,
    allowedAddresses,
  }));
