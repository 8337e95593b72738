import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Drawn, smoothed, windowSeconds } from '../feed/rates.ts';
import { asCount, asRate, inWords } from '../format.ts';
import { useShop, useValue } from './context.ts';
import { Card } from './small.tsx';

type Line = Exclude<keyof Drawn, 'seconds'>;

const lines: { readonly [line in Line]: { readonly name: string; readonly color: string } } = {
  placed: { name: 'Placed', color: '--placed' },
  completed: { name: 'Completed', color: '--completed' },
  failed: { name: 'Failed', color: '--failed' },
  waiting: { name: 'Waiting', color: '--waiting' },
};
const perSecond: readonly Line[] = ['placed', 'completed', 'failed'];
const depth: readonly Line[] = ['waiting'];
const smoothSeconds = 5;

/**
 * The last five minutes, drawn once a second whatever comes: what is drawn is a number for each
 * second, not events.
 */
export function Activity() {
  const { live } = useShop();
  const isLive = useValue(live.connection).kind === 'live';
  const hasPast = useValue(live.hasPast);
  const hasFigures = useValue(live.metrics).read !== undefined;
  const [drawn, setDrawn] = useState(() => live.rates.until(live.knownTo()));
  const [pointedAt, setPointedAt] = useState<number | null>(null);
  useEffect(() => {
    const draw = () => {
      if (!document.hidden) setDrawn(live.rates.until(live.knownTo()));
    };
    draw();
    const timer = setInterval(draw, 1000);
    return () => clearInterval(timer);
  }, [live, hasPast, hasFigures]);

  const smooth = useMemo(() => smoothedLines(drawn), [drawn]);
  const at = pointedAt ?? drawn.seconds.length - 1;
  const shownAt = new Date((drawn.seconds[at] ?? 0) * 1000).toLocaleTimeString('en-GB');
  return (
    <Card
      title="The last five minutes"
      class="activity"
      aside={<span class="dim">{pointedAt === null && isLive ? 'now' : shownAt}</span>}
    >
      <p class="unseen">{inWords(drawn)}</p>
      <Figure
        title={`Orders per second, averaged over ${smoothSeconds} s`}
        {...{ shown: perSecond, drawn: smooth, at, height: 220, asText: asRate }}
        onPoint={setPointedAt}
      />
      <Figure
        title="Orders waiting"
        {...{ shown: depth, drawn, at, height: 130, asText: asCount }}
        onPoint={setPointedAt}
      />
    </Card>
  );
}

function smoothedLines(drawn: Drawn): Drawn {
  const lines = perSecond.map((line) => [line, smoothed(drawn[line], smoothSeconds)]);
  return { ...drawn, ...Object.fromEntries(lines) };
}

interface FigureProps {
  title: string;
  shown: readonly Line[];
  drawn: Drawn;
  /** The second that the legend tells of. */
  at: number;
  height: number;
  asText(value: number): string;
  onPoint(index: number | null): void;
}

function Figure({ title, shown, drawn, at, height, asText, onPoint }: FigureProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const scheme = useColorScheme();
  const data = [drawn.seconds, ...shown.map((line) => drawn[line])] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const width = () => Math.max(200, element.clientWidth);
    const made = new uPlot(
      optionsFor(element, shown, width(), height, onPoint),
      latest.current,
      element,
    );
    plot.current = made;
    const fit = new ResizeObserver(() => made.setSize({ width: width(), height }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      made.destroy();
    };
  }, [scheme, shown, height, onPoint]);
  useEffect(() => plot.current?.setData(data), [drawn]);

  const values = shown.map((line) => {
    const value = drawn[line][at] ?? null;
    return { line, ...lines[line], text: value === null ? '–' : asText(value) };
  });
  return (
    <figure>
      <figcaption>
        <span class="figure-title">{title}</span>
        <span class="legend">
          {values.map(({ line, name, text }) => (
            <span key={line} class={`key ${line}`}>
              <span class="swatch" aria-hidden="true" />
              {shown.length > 1 && `${name} `}
              <b>{text}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div class="plot" ref={place} aria-hidden="true" />
    </figure>
  );
}

function optionsFor(
  element: HTMLElement,
  shown: readonly Line[],
  width: number,
  height: number,
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: color('--dim'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: 'activity' },
      drag: { setScale: false, x: false, y: false },
      points: { size: 6 },
    },
    scales: {
      x: { time: true },
      // From nothing up, and never so fine that half orders would appear.
      y: { range: (_plot, _min, max) => [0, Math.max(4, (max ?? 0) * 1.15)] },
    },
    axes: [
      {
        ...axis,
        space: 50,
        size: 28,
        values: (_plot, seconds) => seconds.map(asMinute),
        incrs: [30, 60, windowSeconds],
      },
      {
        ...axis,
        size: 46,
        space: 34,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7],
        values: (_plot, values) => values.map(asShort),
      },
    ],
    series: [
      {},
      ...shown.map((line) => ({
        label: lines[line].name,
        stroke: color(lines[line].color),
        fill: `${color(lines[line].color)}${line === 'failed' ? '00' : '22'}`,
        width: 1.5,
        points: { show: false },
        ...(line === 'waiting' && stepped && { paths: stepped }),
      })),
    ],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  };
}

function asMinute(second: number): string {
  return new Date(second * 1000).toLocaleTimeString('en-GB').replace(/:00$/, '');
}

const short = new Intl.NumberFormat('en', { notation: 'compact' });

function asShort(value: number): string {
  return short.format(value);
}

function useColorScheme(): boolean {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const [isDark, setDark] = useState(dark.matches);
  useEffect(() => {
    const update = () => setDark(dark.matches);
    dark.addEventListener('change', update);
    return () => dark.removeEventListener('change', update);
  }, []);
  return isDark;
}
