/**
 * Charts as SVG, drawn from a figure's own table: lines, bars, and the heat of cohorts. A hidden cell is drawn as a gap
 * and said in words; it never looks like nought.
 */

/**
 * @typedef {{value: number|null, suppressed?: boolean}} Cell
 * @typedef {{id: string, title: string, kind: string}} Column
 * @typedef {{key: string, label: string, values: Cell[]}} Line
 * @typedef {{id: string, title: string, chart: "line"|"bar"|"cohort", unit: string, head: string, drawn: number,
 *   columns: Column[], rows: Line[], note: string, suppressed: number}} Figure
 */

const SPACE = "http://www.w3.org/2000/svg";
const UNITS = { percent: "%", seconds: " 秒", ms: " 毫秒", days: " 天" };
const CELLS = 8;

/** @param {number} floor how many people a figure is about at the least */
export function hiddenWords(floor) {
  return `不足 ${floor} 人，不显示`;
}

/** @param {number} value @param {string} kind */
export function write(value, kind) {
  const digits = kind === "number" || kind === "ms" ? 0 : 1;
  const text = value.toLocaleString("zh-CN", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return text + (UNITS[/** @type {keyof typeof UNITS} */ (kind)] ?? "");
}

/**
 * @param {Figure} figure
 * @param {number} width in CSS pixels
 * @param {number} floor
 * @returns {SVGSVGElement}
 */
export function draw(figure, width, floor) {
  const svg = { line: lines, bar: bars, cohort: heat }[figure.chart](figure, width, floor);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${figure.title}。${inWords(figure, floor)}`);
  return svg;
}

/** What the chart says to those who do not see it. @param {Figure} figure @param {number} floor */
function inWords(figure, floor) {
  const hidden = figure.suppressed ? `有 ${figure.suppressed} 格${hiddenWords(floor)}。` : "";
  if (figure.chart === "cohort") return `${figure.rows.length} 周的新手机。${hidden}数字见下方的表。`;
  const shown = figure.rows.filter(({ values }) => values[0].value !== null);
  if (!shown.length) return `${hidden}没有可以显示的数字。`;
  const say = (/** @type {Line} */ row) =>
    `${row.label} ${write(/** @type {number} */ (row.values[0].value), figure.columns[0].kind)}`;
  const most = shown.reduce((a, b) => (Number(b.values[0].value) > Number(a.values[0].value) ? b : a));
  const last = figure.chart === "line" ? `最近 ${say(shown[shown.length - 1])}，` : "";
  return `${figure.columns[0].title}：${last}最高 ${say(most)}。${hidden}`;
}

/**
 * @param {string} tag
 * @param {Record<string, string|number>} [props]
 * @param {...(Node|string|false)} children
 */
function s(tag, props = {}, ...children) {
  const el = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(props)) el.setAttribute(name, String(value));
  el.append(.../** @type {(Node|string)[]} */ (children.filter(Boolean)));
  return el;
}

/** @param {number} width @param {number} height @param {...(Node|false)} children */
function frame(width, height, ...children) {
  return /** @type {SVGSVGElement} */ (
    s("svg", { viewBox: `0 0 ${width} ${height}`, width, height }, ...children)
  );
}

/** Round steps of an axis from 0 up to at least `most`. @param {number} most */
function steps(most) {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, n) => n * step);
}

/** The numbers of a column. @param {Figure} figure @param {number} column @returns {(number|null)[]} */
function numbers({ rows }, column) {
  return rows.map(({ values }) => values[column].value);
}

/** A day without its year, where it is a day. @param {string} label */
function short(label) {
  return /^\d{4}-\d\d-\d\d$/.test(label) ? label.slice(5).replace("-", "/") : label;
}

/** @param {Figure} figure @param {number} width @param {number} floor */
function lines(figure, width, floor) {
  const height = Math.round(Math.min(260, Math.max(190, width * 0.42)));
  const series = Array.from({ length: figure.drawn }, (_, column) => numbers(figure, column));
  const ticks = steps(Math.max(...series.flat().map(Number)));
  const top = ticks[ticks.length - 1] || 1;
  const left = 12 + 8 * Math.max(...ticks.map((tick) => write(tick, "number").length));
  const box = { left, right: width - 14, top: 12, bottom: height - 30 };
  const n = figure.rows.length;
  const x = (/** @type {number} */ at) => box.left + ((box.right - box.left) * (at + 0.5)) / n;
  const y = (/** @type {number} */ value) => box.bottom - ((box.bottom - box.top) * value) / top;
  return frame(
    width,
    height,
    ...ticks.flatMap((tick) => [
      s("line", { class: "grid-line", x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }),
      s("text", { class: "axis", x: box.left - 8, y: y(tick) + 5, "text-anchor": "end" }, write(tick, "number")),
    ]),
    ...dates(figure, x, box, height),
    ...series.flatMap((values, column) => path(values, column, x, y, box.bottom, series.length === 1)),
    ...figure.rows.map((row, at) => hit(figure, row, at, { x, y, box, floor })),
  );
}

/**
 * As many labels below as there is room for.
 * @param {Figure} figure @param {(at: number) => number} x
 * @param {{left: number, right: number}} box @param {number} height
 */
function dates({ rows }, x, box, height) {
  const every = Math.max(1, Math.ceil(rows.length / Math.max(2, Math.floor((box.right - box.left) / 64))));
  return rows
    .map(({ label }, at) => ({ label, at }))
    .filter(({ at }) => (rows.length - 1 - at) % every === 0)
    .map(({ label, at }) => s("text", { class: "axis", x: x(at), y: height - 8, "text-anchor": "middle" }, short(label)));
}

/**
 * A line that is broken where a number is hidden; one number alone is a dot.
 * @param {(number|null)[]} values @param {number} column @param {(at: number) => number} x
 * @param {(value: number) => number} y @param {number} bottom @param {boolean} filled
 */
function path(values, column, x, y, bottom, filled) {
  const look = `s${column + 1}`;
  /** @type {[number, number][][]} */
  const runs = [[]];
  values.forEach((value, at) => {
    if (value === null) runs.push([]);
    else runs[runs.length - 1].push([x(at), y(value)]);
  });
  const parts = runs.filter((run) => run.length);
  const along = (/** @type {[number, number][]} */ run) => run.map((point) => point.map(round).join(",")).join("L");
  const inside = (/** @type {[number, number][]} */ run) =>
    `M${round(run[0][0])},${bottom}L${along(run)}L${round(run[run.length - 1][0])},${bottom}Z`;
  return [
    ...(filled ? parts.map((run) => s("path", { class: `area fill ${look}`, d: inside(run) })) : []),
    ...parts.map((run) =>
      run.length > 1
        ? s("path", { class: `line ${look}`, d: `M${along(run)}` })
        : s("circle", { class: `fill ${look}`, cx: run[0][0], cy: run[0][1], r: 3 }),
    ),
  ];
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/**
 * What is under the pointer: a guide, dots and the numbers in words. A hidden number is a small mark on the ground.
 * @param {Figure} figure @param {Line} row @param {number} at @param {{x: (at: number) => number,
 *   y: (value: number) => number, box: {left: number, right: number, top: number, bottom: number}, floor: number}} where
 */
function hit(figure, row, at, { x, y, box, floor }) {
  const wide = (box.right - box.left) / figure.rows.length;
  const drawn = row.values.slice(0, figure.drawn);
  const words = figure.columns.map(({ title, kind }, n) => {
    const { value, suppressed } = row.values[n];
    return `${title} ${value === null ? (suppressed ? hiddenWords(floor) : "—") : write(value, kind)}`;
  });
  return s(
    "g",
    { class: "hit-group" },
    s("title", {}, `${row.label}：${words.join("，")}`),
    drawn.every(({ value }) => value === null) && s("rect", { class: "gap", x: x(at) - 2, y: box.bottom - 4, width: 4, height: 4 }),
    s("line", { class: "mark guide", x1: x(at), x2: x(at), y1: box.top, y2: box.bottom }),
    ...drawn.flatMap(({ value }, n) =>
      value === null ? [] : [s("circle", { class: `mark fill s${n + 1}`, cx: x(at), cy: y(value), r: 4 })],
    ),
    s("rect", { class: "hit", x: x(at) - wide / 2, y: box.top, width: wide, height: box.bottom - box.top }),
  );
}

/** Bars lie, since names are long; each has its name above it. @param {Figure} figure @param {number} width @param {number} floor */
function bars(figure, width, floor) {
  const most = Math.max(1, ...figure.rows.flatMap(({ values }) => values.slice(0, figure.drawn).map((cell) => Number(cell.value))));
  const each = 28 + 16 * figure.drawn;
  const room = width - 84;
  return frame(
    width,
    figure.rows.length * each + 4,
    ...figure.rows.map((row, at) =>
      s(
        "g",
        { transform: `translate(0 ${at * each})` },
        s("title", {}, row.label),
        s("text", { class: "name", x: 0, y: 16 }, cut(row.label, Math.floor(width / 15))),
        ...row.values.slice(0, figure.drawn).flatMap((cell, n) => bar(cell, n, { figure, most, room, floor })),
      ),
    ),
  );
}

/** @param {Cell} cell @param {number} n @param {{figure: Figure, most: number, room: number, floor: number}} how */
function bar({ value }, n, { figure, most, room, floor }) {
  const y = 24 + 16 * n;
  const track = s("rect", { class: "track", x: 0, y, width: room, height: 10, rx: 5 });
  if (value === null) {
    return [track, s("text", { class: "hush", x: 8, y: y + 11 }, n ? "不显示" : hiddenWords(floor))];
  }
  const long = Math.max(3, (room * value) / most);
  const text = write(value, figure.columns[n].kind);
  return [
    track,
    s("rect", { class: `fill s${n + 1}`, x: 0, y, width: long, height: 10, rx: Math.min(5, long / 2) }),
    s("text", { class: "value", x: room + 8, y: y + 10 }, text),
  ];
}

/** @param {string} text @param {number} most */
function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** @param {Figure} figure @param {number} width @param {number} floor */
function heat(figure, width, floor) {
  const left = 58;
  const cell = (width - left) / (CELLS + 1);
  const high = 38;
  const head = figure.columns.map(({ title }, n) =>
    s("text", { class: "axis", x: left + cell * (n + 0.5), y: 16, "text-anchor": "middle" }, n ? `${n} 周` : cell > 44 ? title : "新"),
  );
  return frame(
    width,
    28 + figure.rows.length * high,
    ...head,
    ...figure.rows.flatMap((row, at) => {
      const y = 26 + at * high;
      return [
        s("text", { class: "name", x: 0, y: y + 22 }, short(row.label)),
        ...row.values.map((one, n) => heatCell(one, n, { figure, row, x: left + cell * n, y, cell, high, floor })),
      ];
    }),
  );
}

/**
 * @param {Cell} given @param {number} n @param {{figure: Figure, row: Line, x: number, y: number, cell: number,
 *   high: number, floor: number}} where
 */
function heatCell({ value, suppressed }, n, { figure, row, x, y, cell, high, floor }) {
  if (value === null && !suppressed) return s("g", {});
  const level = n === 0 || value === null ? 0 : Math.min(6, Math.max(1, Math.ceil(value / 16)));
  const words = value === null ? hiddenWords(floor) : write(value, figure.columns[n].kind);
  const text = value === null ? "×" : n === 0 ? write(value, "number") : String(Math.round(value));
  const look = value === null ? "hush" : level > 4 ? "on-heat" : "name";
  return s(
    "g",
    {},
    s("title", {}, `${row.label} ${figure.columns[n].title}：${words}`),
    s("rect", { class: `heat h${level}`, x: x + 1, y, width: cell - 2, height: high - 3, rx: 6 }),
    s("text", { class: look, x: x + cell / 2, y: y + 23, "text-anchor": "middle" }, text),
  );
}
