import { z } from 'zod';
import { checked } from './route.js';

/** A page by its number, as the seeds' routes have it. */
export interface PageOf {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

const numberField = (max: number, preset: string) =>
  z
    .string()
    .prefault(preset)
    .refine((text) => /^[1-9]\d{0,8}$/.test(text) && Number(text) <= max, `a whole number from 1 to ${String(max)}`)
    .transform(Number);

/** Which page of a list: the query of every route that has pages. */
export const pageSchema = z.object({ page: numberField(1_000_000, '1'), per_page: numberField(1_000, '100') });

/** Reads `page` and `per_page`: the first 100 unless told otherwise. Throws `HeadframeError` ('request_invalid'). */
export function pageOf(query: Readonly<Record<string, unknown>>): PageOf {
  const { page, per_page: perPage } = checked(pageSchema, query);
  return { page, perPage };
}

/** The items on a page. */
export function itemsOn<T>(items: readonly T[], { page, perPage }: PageOf): T[] {
  return items.slice((page - 1) * perPage, page * perPage);
}
