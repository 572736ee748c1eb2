import { z } from 'zod';
import { bytesField, durationField, strictObject } from '../model/schema/index.js';

const MIB = 2 ** 20;

/** What the coordinator takes of the repositories of modules; parsed to bytes and milliseconds. */
export const modulesField = strictObject({
  maxDownload: bytesField({ min: MIB, max: 2 ** 40 })
    .prefault('512MiB')
    .describe('Most that one fetch of a module may bring.'),
  maxContent: bytesField({ min: MIB, max: 512 * MIB })
    .prefault('64MiB')
    .describe('Most that all files of a module may have together; they are read in memory.'),
  maxCache: bytesField({ min: MIB, max: 2 ** 40 })
    .prefault('4GiB')
    .describe('Most that is kept of all modules and models.'),
  fetchTimeout: durationField({ min: 1000, max: 3_600_000 }).prefault('5m').describe('Time for one fetch of a module.'),
  privateAddresses: z
    .boolean()
    .prefault(false)
    .describe('Whether modules may come from hosts inside of private networks; without it no name leads there.'),
  fileUrls: z
    .boolean()
    .prefault(false)
    .describe("Whether modules may come from folders of the coordinator's own machine, by file:// URLs."),
  baseImages: strictObject({
    python: z
      .string()
      .max(512)
      .regex(/^[a-z0-9][\w.:/@-]*$/, 'an image reference, with tag or digest')
      .prefault('docker.io/library/python:3.12.8-slim-bookworm')
      .describe('Of modules in Python.'),
  })
    .prefault({})
    .describe('Images on which those of modules without a Dockerfile are built.'),
})
  .prefault({})
  .transform(({ maxDownload, maxContent, maxCache, fetchTimeout, ...rules }) => ({
    ...rules,
    downloadBytes: maxDownload,
    contentBytes: maxContent,
    cacheBytes: maxCache,
    fetchMs: fetchTimeout,
  }));
