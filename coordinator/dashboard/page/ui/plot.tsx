import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { useDesk } from '../desk.js';
import { themeVersion } from '../theme.js';

/** One line of a plot. */
export interface PlotLine {
  readonly name: string;
  /** Of a colour of the style, from 1. */
  readonly colour: number;
  readonly values: readonly (number | undefined)[];
}

/** What a plot shows. */
interface PlotProps {
  readonly title: string;
  /** Unix milliseconds. */
  readonly times: readonly number[];
  readonly lines: readonly PlotLine[];
  /** A value with its unit. */
  readonly format: (value: number) => string;
  /** Whether values are bytes, whose steps are powers of two. */
  readonly isBytes?: boolean;
  /** What all of it would be, drawn as a dashed line. */
  readonly most?: number;
}

const HEIGHT = 150;
/** What the plots show, in seconds: as much as is known, within these. */
const SPAN_S = { least: 60, most: 600 } as const;

const POWERS = Array.from({ length: 50 }, (_none, power) => 2 ** power);

/** Lines over the last ten minutes. What it shows now is said in words, too. */
export function Plot({ title, times, lines, format, isBytes = false, most }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const { clock } = useDesk();
  const names = lines.map(({ name }) => name).join();
  const theme = themeVersion.value;
  useEffect(() => {
    const parent = box.current;
    if (parent === null) return undefined;
    const made = new UPlot(
      optionsOf({ lines, format, isBytes, most, width: parent.clientWidth, parent }),
      [[]],
      parent,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => {
      made.setSize({ width: parent.clientWidth, height: HEIGHT });
    });
    watch.observe(parent);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [names, most, theme]);
  const nowS = clock.value / 1000;
  useEffect(() => {
    const whole = most === undefined ? [] : [times.map(() => most)];
    // Gaps are null to the library.
    const series = lines.map(({ values }) => values.map((value) => value ?? null));
    plot.current?.batch(() => {
      plot.current?.setData([times.map((time) => time / 1000), ...series, ...whole], false);
      plot.current?.setScale('x', { min: nowS - spanOf(times, nowS), max: nowS });
      plot.current?.setScale('y', { min: 0, max: top(lines, most) });
    });
  });
  const said = lines.map(({ name, values }) => `${name} ${lastOf(values, format)}`).join(', ');
  return (
    <figure class="plot" aria-label={`${title}: ${said}`}>
      <figcaption>
        <span class="plot-title">{title}</span>
        {lines.map(({ name, colour, values }) => (
          <span key={name} class={`key key-${String(colour)}`}>
            {name} <b>{lastOf(values, format)}</b>
          </span>
        ))}
        {most !== undefined && <span class="key key-most">of {format(most)}</span>}
      </figcaption>
      <div ref={box} class="plot-box" aria-hidden="true" />
    </figure>
  );
}

function lastOf(values: readonly (number | undefined)[], format: (value: number) => string): string {
  const last = values.at(-1);
  return last === undefined ? '–' : format(last);
}

function spanOf([first]: readonly number[], nowS: number): number {
  const knownS = first === undefined ? 0 : nowS - first / 1000;
  return Math.min(SPAN_S.most, Math.max(SPAN_S.least, knownS));
}

/** A little above what there is; never nothing, or there would be no scale. */
function top(lines: readonly PlotLine[], most: number | undefined): number {
  let highest = most ?? 0;
  for (const { values } of lines) for (const value of values) highest = Math.max(highest, value ?? 0);
  return highest > 0 ? highest * 1.1 : 1;
}

interface OptionParts extends Pick<PlotProps, 'lines' | 'format'> {
  readonly isBytes: boolean;
  readonly most: number | undefined;
  readonly width: number;
  readonly parent: HTMLElement;
}

function optionsOf({ lines, format, isBytes, most, width, parent }: OptionParts): UPlot.Options {
  const { fontFamily } = getComputedStyle(parent);
  const colour = (name: string): string => drawnColour(parent, name);
  const axis = {
    stroke: colour('--plot-ink'),
    font: `11px ${fontFamily}`,
    grid: { stroke: colour('--plot-grid'), width: 1 },
    ticks: { show: false },
  };
  const series = lines.map(({ name, colour: number }) => ({
    ...{ label: name, stroke: colour(`--plot-${String(number)}`), width: 2, spanGaps: false },
  }));
  const whole =
    most === undefined
      ? []
      : [{ label: 'all', stroke: colour('--plot-ink'), width: 1, dash: [4, 4], points: { show: false } }];
  return {
    ...{ width, height: HEIGHT, legend: { show: false }, cursor: { show: false } },
    padding: [8, 8, 0, 0],
    scales: { x: { time: true, auto: false }, y: { auto: false } },
    axes: [
      {
        ...axis,
        space: 70,
        values: (_plot, splits) => splits.map((second) => timeOf(second, (splits[1] ?? 0) - (splits[0] ?? 0))),
        size: 24,
      },
      {
        ...axis,
        space: 36,
        size: 68,
        values: (_plot, splits) => splits.map(format),
        ...(isBytes ? { incrs: POWERS } : {}),
      },
    ],
    series: [{}, ...series, ...whole],
  };
}

/** A colour of the style as a canvas takes it, which knows nothing of themes. */
function drawnColour(parent: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  parent.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A time of day, with its seconds where the steps are less than a minute. */
function timeOf(seconds: number, stepS: number): string {
  const date = new Date(seconds * 1000);
  const parts = [date.getHours(), date.getMinutes(), ...(stepS < 60 ? [date.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
