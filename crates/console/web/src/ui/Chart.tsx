// Lines over time on a canvas, with what a canvas lacks: a summary, the cursor by arrow keys, and the numbers as a table.
import uPlot from "uplot";
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { language, locale } from "../words";
import { clock, dateTime } from "../words/format";
import { themeNow } from "../app/theme";
import { Button } from "./Button";
import { ui } from "./words";

export interface Series {
  name: string;
  values: (number | null)[];
}

const DASHES: number[][] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [1, 4]];

function colour(at: number): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--series-${(at % 6) + 1}`).trim();
}

const TABLE_ROWS = 120;

export function Chart({ title, times, series, format, onRange, sync }: {
  title: string; times: number[]; series: Series[]; format: (value: number) => string;
  onRange?: (from: number, to: number) => void; sync?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const at = useSignal<number | null>(null);
  const asTable = useSignal(false);
  const shape = series.map((one) => one.name).join();

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const css = getComputedStyle(document.documentElement);
    const muted = css.getPropertyValue("--muted").trim();
    const line = css.getPropertyValue("--line").trim();
    const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui, sans-serif" };
    const made = new uPlot({
      width: element.clientWidth || 320,
      height: 200,
      legend: { show: false },
      cursor: { ...(sync && { sync: { key: sync } }), drag: { x: Boolean(onRange), y: false, setScale: false } },
      series: [{}, ...series.map((one, index) => ({ label: one.name, stroke: colour(index), width: 1.5, dash: DASHES[index % 6] as number[], spanGaps: false, points: { show: times.length < 2 } }))],
      axes: [
        { ...axis, space: 76, values: (_, ticks) => ticks.map((tick) => ((times.at(-1) ?? 0) - (times[0] ?? 0) > 172_800_000 ? new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric" }).format(tick * 1000) : clock(tick * 1000))) },
        { ...axis, size: 76, values: (_, ticks) => ticks.map(format) },
      ],
      hooks: {
        setCursor: [(chart) => (at.value = chart.cursor.idx ?? null)],
        setSelect: [(chart) => {
          if (chart.select.width < 8) return;
          onRange?.(chart.posToVal(chart.select.left, "x") * 1000, chart.posToVal(chart.select.left + chart.select.width, "x") * 1000);
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        }],
      },
    }, [times.map((time) => time / 1000), ...series.map((one) => one.values)], element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth || 320, height: 200 }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, themeNow.value, language.value, asTable.value]);

  useEffect(() => plot.current?.setData([times.map((time) => time / 1000), ...series.map((one) => one.values)]), [times, series]);

  const index = at.value ?? times.length - 1;
  const said = (value: number | null | undefined) => (value === null || value === undefined ? "–" : format(value));
  const summary = `${title}: ${series.map((one) => `${one.name} ${said(one.values.at(-1))}`).join(", ")}`;
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    const chart = plot.current;
    if (!step || !chart) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(times.length - 1, index + step));
    chart.setCursor({ left: chart.valToPos((times[to] ?? 0) / 1000, "x"), top: 20 });
    at.value = to;
  };

  return (
    <div class="chart">
      <div class="row apart">
        <h2>{title}</h2>
        <Button compact look="quiet" pressed={asTable.value} onClick={() => (asTable.value = !asTable.value)}>{asTable.value ? ui.asChart() : ui.asTable()}</Button>
      </div>
      {asTable.value
        ? (
          <div class="table-box" tabIndex={0} role="region" aria-label={title}>
            <table class="table">
              <thead><tr><th scope="col">{ui.time()}</th>{series.map((one) => <th key={one.name} scope="col" class="number">{one.name}</th>)}</tr></thead>
              <tbody>
                {times.map((time, row) => ({ time, row })).slice(-TABLE_ROWS).reverse().map(({ time, row }) => (
                  <tr key={time}><td class="nowrap">{dateTime(time)}</td>{series.map((one) => <td key={one.name} class="number">{said(one.values[row])}</td>)}</tr>
                ))}
              </tbody>
            </table>
          </div>
        )
        : <div class="plot" ref={box} role="img" aria-label={summary} tabIndex={0} onKeyDown={move} onBlur={() => (at.value = null)} />}
      <div class="legend">
        <span class="muted" aria-live={at.value === null ? "off" : "polite"}>{at.value === null ? ui.latest() : times[index] === undefined ? "" : dateTime(times[index] as number)}</span>
        {series.map((one, order) => (
          <span key={one.name}>
            <svg width="22" height="4" aria-hidden="true"><line x1="0" y1="2" x2="22" y2="2" stroke={`var(--series-${(order % 6) + 1})`} stroke-width="2" stroke-dasharray={(DASHES[order % 6] as number[]).join(" ")} /></svg>
            {one.name} <b aria-live={at.value === null ? "off" : "polite"}>{said(one.values[index])}</b>
          </span>
        ))}
      </div>
    </div>
  );
}
