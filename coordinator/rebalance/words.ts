import type { Places } from './spread.js';

/** How the dominant share of a host changes. */
export interface ShareChange {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** Why a move that levels two hosts pays. */
export function loadWhy(from: ShareChange, to: ShareChange): string {
  return `${changeText(from)}, ${changeText(to)}`;
}

/** Why a move that levels a spread pays. */
export function spreadWhy(places: Places, from: number, to: number): string {
  const counts = new Map(places.sorted);
  const { miner, strategy } = places.demand;
  const label = strategy.spreadBy === '' ? '' : `${strategy.spreadBy}=`;
  const text = (host: number): string => `${label}${places.of(host)} has ${String(counts.get(places.of(host)) ?? 0)}`;
  return `of ${miner}, ${text(from)} and ${text(to)}`;
}

function percent(share: number): string {
  return `${String(Math.round(share * 100))} %`;
}

function changeText({ name, before, after }: ShareChange): string {
  return `${name} goes from ${percent(before)} to ${percent(after)}`;
}
