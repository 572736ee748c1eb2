import { itKeepsTheLease } from '../../../support/lease-bucket-contract.js';
import { MemoryLeaseBucket } from '../../../support/memory-lease-bucket.js';

describe('a bucket in memory', () => {
  itKeepsTheLease(async () => {
    const bucket = new MemoryLeaseBucket();
    return () => bucket;
  });
});
