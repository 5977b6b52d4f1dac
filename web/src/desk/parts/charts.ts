/** The two charts of the desks: how much each has, and how something went over time. */

import { clock, dateTime } from "@/app/time";

import type { ChartOption } from "./echarts";

/** One bar beside each name, the first on top. */
export function barsOf(bars: readonly { name: string; value: number }[]): ChartOption {
  return {
    grid: { left: 8, right: 28, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: "value" },
    yAxis: { type: "category", inverse: true, data: bars.map(({ name }) => name), axisTick: { show: false } },
    series: [{ type: "bar", data: bars.map(({ value }) => value), barMaxWidth: 18 }],
  };
}

/** Lines over time, each point at the moment it was read. */
export function linesOf(lines: readonly { name: string; points: readonly { at: string; value: number }[] }[]): ChartOption {
  return {
    grid: { left: 8, right: 20, top: lines.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
    ...(lines.length > 1 ? { legend: { top: 0 } } : {}),
    tooltip: { formatter: (shown) => wordsOf([shown].flat()) },
    xAxis: { type: "time", axisLabel: { hideOverlap: true, formatter: labelOf } },
    yAxis: { type: "value", minInterval: 1 },
    series: lines.map(({ name, points }) => ({
      type: "line" as const,
      name,
      showSymbol: points.length < 40,
      data: points.map(({ at, value }) => [Date.parse(at), value]),
    })),
  };
}

/** Shanghai's time, wherever the screen is. */
function labelOf(moment: number): string {
  const at = new Date(moment);
  return clock(at) === "00:00" ? dateTime(at.toISOString()).split(" ")[0]! : clock(at);
}

function wordsOf(shown: readonly { seriesName?: string; value?: unknown }[]): string {
  const [first] = shown;
  const [moment] = (first?.value ?? [0]) as [number];
  const each = shown.map(({ seriesName, value }) => `${seriesName ?? ""} ${(value as [number, number])[1]}`);
  return [dateTime(new Date(moment).toISOString()), ...each].join("\n");
}
