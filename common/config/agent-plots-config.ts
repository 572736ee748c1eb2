import { z } from 'zod';
import { bytesField, strictObject } from '../model/schema/index.js';
import { absolutePathField } from './fields.js';

const ANY_BYTES = { min: 0, max: 2 ** 52 };

/** Where an agent keeps plots, and how it makes them. */
export const plotFields = {
  plots: strictObject({
    folders: z
      .array(absolutePathField)
      .max(256)
      .prefault([])
      .describe(
        'Folders of plots, one a disk; plots are looked for and made in no others. Without any there are none.',
      ),
    keepFree: bytesField(ANY_BYTES).prefault('1GiB').describe('What stays free on each of their disks.'),
    rate: bytesField({ min: 2 ** 20, max: 2 ** 40 })
      .optional()
      .describe('Most bytes a second that plots are made at; without it as fast as disk and CPUs go.'),
    threads: z.int().min(1).max(256).prefault(2).describe('CPUs that make a plot, at a lower priority than all else.'),
  })
    .prefault({})
    .describe('Plots of space miners.'),
};
