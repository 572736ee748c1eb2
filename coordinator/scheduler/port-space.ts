/** Protocol of a published port; each has its own port numbers. */
export type PortProtocol = 'tcp' | 'udp';

const PAGE_BITS = 11;
const PAGE_PORTS = 1 << PAGE_BITS;
const PAGE_WORDS = PAGE_PORTS / 32;

/** The taken ports of one protocol as bits; pages appear with their first port, as most hosts use few. */
class PortBits {
  readonly pages: (Uint32Array | undefined)[] = [];
  cursor = 0;
  takenInRange = 0;
  /** Ports kept for instances to come, and whether another still holds them. */
  readonly booked = new Map<number, boolean>();

  has(port: number): boolean {
    return (this.word(port) & (1 << (port & 31))) !== 0;
  }

  /** The 32 bits that hold the port's. */
  word(port: number): number {
    return this.pages[port >> PAGE_BITS]?.[(port & (PAGE_PORTS - 1)) >> 5] ?? 0;
  }

  flip(port: number): void {
    const page = (this.pages[port >> PAGE_BITS] ??= new Uint32Array(PAGE_WORDS));
    const at = (port & (PAGE_PORTS - 1)) >> 5;
    page[at] = (page[at] ?? 0) ^ (1 << (port & 31));
  }

  taken(): number[] {
    return this.pages.flatMap((page, at) => {
      if (page === undefined) return [];
      const ports = Array.from({ length: PAGE_PORTS }, (_, bit) => at * PAGE_PORTS + bit);
      return ports.filter((port) => this.has(port));
    });
  }

  copy(): PortBits {
    const copy = new PortBits();
    this.pages.forEach((page, at) => (copy.pages[at] = page?.slice()));
    copy.cursor = this.cursor;
    copy.takenInRange = this.takenInRange;
    for (const [port, held] of this.booked) copy.booked.set(port, held);
    return copy;
  }
}

/** The host ports of one host: which are taken, and which of its managed range comes next. */
export class PortSpace {
  #bits = { tcp: new PortBits(), udp: new PortBits() } satisfies Record<PortProtocol, PortBits>;
  #start = 0;
  #end = -1;

  /** Sets the managed range, inclusive; ports taken outside it stay taken. */
  setRange(start: number, end: number): void {
    if (start === this.#start && end === this.#end) return;
    [this.#start, this.#end] = [start, end];
    for (const bits of Object.values(this.#bits)) {
      bits.takenInRange = bits.taken().filter((port) => this.inRange(port)).length;
    }
  }

  /** Whether a port is taken. */
  isTaken(protocol: PortProtocol, port: number): boolean {
    return this.#bits[protocol].has(port);
  }

  /** How many ports the managed range has. */
  get rangeSize(): number {
    return Math.max(0, this.#end - this.#start + 1);
  }

  /** Whether a port lies in the managed range. */
  inRange(port: number): boolean {
    return port >= this.#start && port <= this.#end;
  }

  /** How many ports of the managed range are free. */
  freeInRange(protocol: PortProtocol): number {
    return this.rangeSize - this.#bits[protocol].takenInRange;
  }

  /** Takes a port; taking a taken one changes nothing. */
  take(protocol: PortProtocol, port: number): void {
    const { booked } = this.#bits[protocol];
    if (booked.has(port)) booked.set(port, true);
    else if (!this.isTaken(protocol, port)) this.#flip(protocol, port, 1);
  }

  /** Frees a port; freeing a free one changes nothing. */
  release(protocol: PortProtocol, port: number): void {
    const { booked } = this.#bits[protocol];
    if (booked.has(port)) booked.set(port, false);
    else if (this.isTaken(protocol, port)) this.#flip(protocol, port, -1);
  }

  /** Keeps a port for an instance to come, which has it once its holder has released it. */
  book(protocol: PortProtocol, port: number): void {
    const held = this.isTaken(protocol, port);
    if (!held) this.#flip(protocol, port, 1);
    this.#bits[protocol].booked.set(port, held);
  }

  /** Keeps a booked port no longer. */
  unbook(protocol: PortProtocol, port: number): void {
    const held = this.isHeld(protocol, port);
    if (this.#bits[protocol].booked.delete(port) && !held) this.#flip(protocol, port, -1);
  }

  /** Whether a port is kept for an instance to come. */
  isBooked(protocol: PortProtocol, port: number): boolean {
    return this.#bits[protocol].booked.has(port);
  }

  /** Whether an instance has a port now. */
  isHeld(protocol: PortProtocol, port: number): boolean {
    return this.#bits[protocol].booked.get(port) ?? this.isTaken(protocol, port);
  }

  /**
   * Takes the next free port of the managed range after the one taken last, so that a port just freed rests; undefined
   * when all are taken.
   */
  takeNext(protocol: PortProtocol): number | undefined {
    if (this.freeInRange(protocol) <= 0) return undefined;
    const bits = this.#bits[protocol];
    let port = this.inRange(bits.cursor) ? bits.cursor : this.#start;
    while (bits.has(port)) {
      const wordFull = (port & 31) === 0 && bits.word(port) >>> 0 === 0xffffffff;
      port += wordFull ? 32 : 1;
      if (port > this.#end) port = this.#start;
    }
    this.#flip(protocol, port, 1);
    bits.cursor = port + 1;
    return port;
  }

  /** All taken ports, ascending. */
  taken(protocol: PortProtocol): number[] {
    return this.#bits[protocol].taken();
  }

  /** An independent copy. */
  copy(): PortSpace {
    const copy = new PortSpace();
    [copy.#start, copy.#end] = [this.#start, this.#end];
    copy.#bits = { tcp: this.#bits.tcp.copy(), udp: this.#bits.udp.copy() };
    return copy;
  }

  #flip(protocol: PortProtocol, port: number, by: 1 | -1): void {
    const bits = this.#bits[protocol];
    bits.flip(port);
    if (this.inRange(port)) bits.takenInRange += by;
  }
}
