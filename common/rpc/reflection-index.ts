import { toBinary } from '@bufbuild/protobuf';
import type { DescEnum, DescExtension, DescFile, DescMessage, DescService } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** What reflection can be asked about a set of services: their files and the symbols in them. */
export class ReflectionIndex {
  /** Full names, in the order given. */
  readonly serviceNames: readonly string[];
  readonly #files = new Map<string, DescFile>();
  readonly #fileOfSymbol = new Map<string, DescFile>();
  readonly #messages = new Set<string>();
  readonly #encoded = new Map<DescFile, Uint8Array>();

  constructor(services: readonly DescService[]) {
    this.serviceNames = services.map((service) => service.typeName);
    for (const service of services) this.#addFile(service.file);
  }

  /** The serialised file of that name, followed by all that it needs; undefined when there is none. */
  byFileName(name: string): Uint8Array[] | undefined {
    return this.#withDependencies(this.#files.get(name));
  }

  /** The serialised file that declares the fully qualified symbol, followed by all that it needs. */
  bySymbol(symbol: string): Uint8Array[] | undefined {
    return this.#withDependencies(this.#fileOfSymbol.get(symbol.replace(/^\./, '')));
  }

  /** True for the full name of a message in any of the files. */
  hasMessage(typeName: string): boolean {
    return this.#messages.has(typeName);
  }

  #addFile(file: DescFile): void {
    if (this.#files.has(file.proto.name)) return;
    this.#files.set(file.proto.name, file);
    for (const dependency of file.dependencies) this.#addFile(dependency);
    for (const type of nestedTypes(file)) this.#addType(type, file);
  }

  #addType(type: DescMessage | DescEnum | DescExtension | DescService, file: DescFile): void {
    if (type.kind === 'message') this.#messages.add(type.typeName);
    for (const symbol of [type.typeName, ...innerSymbols(type)]) this.#fileOfSymbol.set(symbol, file);
  }

  #withDependencies(file: DescFile | undefined): Uint8Array[] | undefined {
    if (file === undefined) return undefined;
    const found = new Set([file]);
    // A set visits what is added to it while it is walked.
    for (const each of found) for (const dependency of each.dependencies) found.add(dependency);
    return [...found].map((each) => this.#encode(each));
  }

  #encode(file: DescFile): Uint8Array {
    const bytes = this.#encoded.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
    this.#encoded.set(file, bytes);
    return bytes;
  }
}

function innerSymbols(type: DescMessage | DescEnum | DescExtension | DescService): string[] {
  switch (type.kind) {
    case 'service':
      return type.methods.map((method) => `${type.typeName}.${method.name}`);
    case 'message':
      return [...type.fields, ...type.oneofs].map((member) => `${type.typeName}.${member.name}`);
    case 'enum':
      // The values of an enum are siblings of it, not members.
      return type.values.map((value) => `${type.typeName.slice(0, -type.name.length)}${value.name}`);
    case 'extension':
      return [];
  }
}
