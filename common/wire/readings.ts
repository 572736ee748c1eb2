import { create } from '@bufbuild/protobuf';
import { HttpSourceSchema, MetricReadingSchema } from '../gen/headframe/v1/autoscale_pb.js';
import type { HttpSource as WireSource, MetricReading as WireReading } from '../gen/headframe/v1/autoscale_pb.js';
import type { HttpSource, MetricReading } from '../model/autoscale.js';
import { selectorFromWire, selectorToWire } from './autoscale.js';
import { boundedText } from './texts.js';

/** Readings of one instance that are kept; a manifest names fewer metrics. */
const MOST_READINGS = 16;
const LONGEST_NAME = 512;
const LONGEST_WHY = 160;

/** Puts what an agent is to fetch on the wire. */
export function httpSourceToWire({ name, port, path, select }: HttpSource): WireSource {
  return create(HttpSourceSchema, { name, port, path, select: selectorToWire(select) });
}

/** Reads what is to be fetched; a source of a newer coordinator is left out rather than guessed at. */
export function httpSourcesFromWire(messages: readonly WireSource[]): readonly HttpSource[] | undefined {
  const sources = messages.flatMap(({ name, port, path, select: selector }): HttpSource[] => {
    const select = selectorFromWire(selector);
    return select === undefined || port < 1 || port > 65_535 ? [] : [{ name, port, path, select }];
  });
  return sources.length === 0 ? undefined : sources;
}

/** Puts a fetched value on the wire. */
export function readingToWire({ name, value, why }: MetricReading): WireReading {
  return create(MetricReadingSchema, {
    name,
    why: boundedText(why, LONGEST_WHY),
    ...(value === undefined ? {} : { value }),
  });
}

/** Reads fetched values; what cannot be counted with is missing. */
export function readingsFromWire(messages: readonly WireReading[]): readonly MetricReading[] | undefined {
  if (messages.length === 0) return undefined;
  return messages.slice(0, MOST_READINGS).map(({ name, value, why }) => {
    const counts = value !== undefined && Number.isFinite(value);
    return {
      name: boundedText(name, LONGEST_NAME),
      value: counts ? value : undefined,
      why: boundedText(why, LONGEST_WHY),
    };
  });
}
