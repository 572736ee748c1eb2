import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { stringify } from 'yaml';
import { write } from '../world.js';
import type { OutputStream } from '../world.js';
import { toPlain } from './plain.js';
import { renderView } from './render.js';
import type { View, Viewing } from './view.js';

/** Forms of output: two for people, two for programs. */
export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml'] as const;

/** How results are printed. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What a printer needs. */
export interface PrinterOptions {
  readonly stdout: OutputStream;
  readonly format: OutputFormat;
  readonly colours: boolean;
  readonly nowMs: () => number;
}

/** Writes results to stdout in the form that was asked for. */
export class Printer {
  readonly format: OutputFormat;
  readonly colours: boolean;
  readonly #options: PrinterOptions;

  constructor(options: PrinterOptions) {
    this.format = options.format;
    this.colours = options.colours;
    this.#options = options;
  }

  /** Whether people read it rather than programs. */
  get forPeople(): boolean {
    return this.format === 'table' || this.format === 'wide';
  }

  get viewing(): Viewing {
    return { nowMs: this.#options.nowMs(), wide: this.format === 'wide' };
  }

  /** Prints a whole result: the message for programs, its view for people. */
  message<Desc extends DescMessage>(
    schema: Desc,
    message: MessageShape<Desc>,
    view: (viewing: Viewing) => View,
  ): Promise<void> {
    return this.plain(() => toPlain(schema, message), view);
  }

  /** Like `message` for what is not a message of the contract. */
  async plain(data: () => unknown, view: (viewing: Viewing) => View): Promise<void> {
    await this.text(this.forPeople ? renderView(view(this.viewing), this.colours) : this.#document(data()));
  }

  /** Prints one of many results as it comes: a line of JSON, a YAML document, or a line for people. */
  async item<Desc extends DescMessage>(
    schema: Desc,
    message: MessageShape<Desc>,
    line: (viewing: Viewing) => string,
  ): Promise<void> {
    if (this.forPeople) await this.text(`${line(this.viewing)}\n`);
    else if (this.format === 'json') await this.text(`${JSON.stringify(toPlain(schema, message))}\n`);
    else await this.text(`---\n${stringify(toPlain(schema, message))}`);
  }

  /** Says to people alone that something is done. */
  async note(text: string): Promise<void> {
    if (this.forPeople) await this.text(`${text}\n`);
  }

  /** Writes text as it is. */
  text(text: string): Promise<void> {
    return write(this.#options.stdout, text);
  }

  #document(data: unknown): string {
    return this.format === 'json' ? `${JSON.stringify(data, undefined, 2)}\n` : stringify(data);
  }
}
