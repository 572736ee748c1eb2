import type { DescMessage, DescService, MessageShape } from '@bufbuild/protobuf';

/** Marks a method that changes nothing: no record is kept of it. */
export const READ = 'read';

/** Says what a first request is about, such as `miner/alpha`. */
type TargetOf<Method> = Method extends { readonly input: infer Input extends DescMessage }
  ? (request: MessageShape<Input>) => string
  : never;

/** Every method of a service: one that is missing does not compile. */
export type Targets<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: TargetOf<Service['method'][Name]> | typeof READ;
};
