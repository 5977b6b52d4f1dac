/** Figures of use, each with the table behind it: /api/v1/kitchen/operation, for those who may read them. */

import { call, get, getFile, Problem, setTokens } from "./js/api.js";
import { draw, hiddenWords, write } from "./js/charts.js";
import { fill, find, h } from "./js/dom.js";
import { me, onSession, signOut } from "./js/session.js";

/** @typedef {import("./js/charts.js").Figure} Figure @typedef {import("./js/charts.js").Cell} Cell */
/**
 * @typedef {{from: string, to: string, counted_at: string|null, demo: boolean, settings: {floor: number},
 *   figures: Figure[]}} Operation
 */

const PATH = "/kitchen/operation";
const DAY = 86_400_000;
const PRESETS = [30, 60, 90, 365];
const WIDE = ["active_days", "retention", "arrival_by_day", "arrival_by_hour"];
/** A bar chart with more rows than this is hard to read; the table has them all. */
const MOST_BARS = 16;

const door = find("#door", HTMLElement);
const board = find("#board", HTMLElement);
const range = find("#range", HTMLFormElement);
const state = find("#state", HTMLElement);
const from = find("#range [name=from]", HTMLInputElement);
const to = find("#range [name=to]", HTMLInputElement);
let preset = 60;

/** A form for staff, who sign in by name and password, and by a second factor where they have one. */
function signInForm() {
  const username = h("input", { name: "username", autocomplete: "username", required: true, maxlength: 40 });
  const password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 200 });
  const totp = h("input", { name: "totp", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6 });
  const second = h("label", { hidden: true }, "动态口令", totp);
  const mistake = h("p", { class: "mistake", role: "alert" });
  const enter = h("button", { class: "button", type: "submit" }, "登录");
  const form = h("form", {}, h("label", {}, "用户名", username), h("label", {}, "密码", password), second, mistake, enter);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (enter.getAttribute("aria-busy")) return;
    enter.setAttribute("aria-busy", "true");
    mistake.textContent = "";
    const secret = totp.value.trim();
    const body = { grant: "password", username: username.value.trim(), password: password.value, ...(secret ? { totp: secret } : {}) };
    try {
      setTokens(await call("POST", "/auth/tokens", { body }));
    } catch (error) {
      second.hidden = second.hidden && !(error instanceof Problem && error.code === "totp_required");
      mistake.textContent = wordsOf(error);
    } finally {
      enter.removeAttribute("aria-busy");
    }
  });
  return form;
}

/** @param {unknown} error */
function wordsOf(error) {
  if (error instanceof Problem) return error.message;
  console.error(error);
  return "出了点问题，请稍后再试。";
}

function showDoor() {
  board.hidden = true;
  door.hidden = false;
  fill(door, h("h1", {}, "运营数据"), h("p", { class: "muted" }, "请用编辑部账号登录。领导、总编、值班、部门主任、渠道运营、考核和审计可以查看。"), signInForm());
  door.querySelector("input")?.focus();
}

/** The day in Shanghai, so many days ago. @param {number} back */
function day(back) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date(Date.now() - back * DAY));
}

function showPresets() {
  const buttons = PRESETS.map((days) => {
    const button = h("button", { type: "button", "aria-pressed": String(days === preset) }, days === 365 ? "一年" : `${days} 天`);
    button.addEventListener("click", () => choose(days));
    return button;
  });
  fill(find("#range .presets", HTMLElement), ...buttons);
}

/** @param {number} days */
function choose(days) {
  preset = days;
  from.value = day(days - 1);
  to.value = day(0);
  showPresets();
  void load();
}

let asked = 0;

async function load() {
  const mine = ++asked;
  state.classList.remove("bad");
  state.textContent = "正在读取…";
  try {
    /** @type {Operation} */
    const operation = await get(PATH, { from: from.value, to: to.value });
    if (mine === asked) show(operation);
  } catch (error) {
    if (mine !== asked) return;
    state.classList.add("bad");
    state.textContent = wordsOf(error);
  }
}

/** @param {Operation} operation */
function show({ from, to, counted_at, demo, settings, figures }) {
  find("#demo", HTMLElement).hidden = !demo;
  find("#floor", HTMLElement).textContent = String(settings.floor);
  const counted = counted_at
    ? `，最近一次计数在 ${new Date(counted_at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false })}`
    : "，还没有计数";
  state.textContent = `${from} 至 ${to}${counted}。`;
  fill(find("#keys", HTMLElement), ...keys(figures, settings.floor));
  fill(find("#figures", HTMLElement), ...figures.map((figure) => card(figure, settings.floor, { from, to })));
}

/** The last number of some figures that is complete. @param {Figure[]} figures @param {number} floor */
function keys(figures, floor) {
  const wanted = [
    ["active_days", "日活跃手机", 0],
    ["active_weeks", "周活跃手机", 0],
    ["active_months", "月活跃手机", 0],
    ["reads_by_day", "每日阅读", 0],
    ["reads_by_day", "读完比例", 1],
    ["arrival_by_day", "从发布到手机 p50", 0],
  ];
  return wanted.map(([id, title, column]) => {
    const figure = figures.find((one) => one.id === id);
    const n = Number(column);
    const rows = figure?.rows ?? [];
    // Today is not over yet, and says little.
    const row = figure?.id.endsWith("day") || figure?.id.endsWith("days") ? (rows[rows.length - 2] ?? rows[0]) : rows[rows.length - 1];
    const value = row?.values[n].value ?? null;
    const text = value === null ? hiddenWords(floor) : write(value, figure?.columns[n].kind ?? "number");
    return h("li", {}, h("small", {}, String(title)), h("strong", { class: value === null ? "hidden-cell" : "" }, text), h("small", {}, row?.label ?? ""));
  });
}

/** @param {Figure} figure @param {number} floor @param {{from: string, to: string}} days */
function card(figure, floor, days) {
  const chart = h("div", { class: "chart" });
  const shown = figure.chart === "bar" ? { ...figure, rows: drawable(figure) } : figure;
  let drawnAt = 0;
  new ResizeObserver(() => {
    const width = Math.floor(chart.clientWidth);
    if (!width || width === drawnAt) return;
    drawnAt = width;
    const some = figure.rows.some(({ values }) => values.some(({ value }) => value !== null));
    fill(chart, some ? draw(shown, width, floor) : h("p", { class: "none" }, figure.rows.length ? `这段时间${hiddenWords(floor)}。` : "这段时间没有。"));
  }).observe(chart);
  const details = h("details", {}, h("summary", {}, "看表"));
  // A table is made when somebody wants to read it.
  details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(...table(figure, floor, days)), { once: true });
  return h(
    "section",
    { class: WIDE.includes(figure.id) ? "figure wide" : "figure", id: figure.id, "aria-labelledby": `${figure.id}-title` },
    h("h2", { id: `${figure.id}-title` }, figure.title, " ", h("span", { class: "unit" }, `（${figure.unit}）`)),
    figure.drawn > 1 && figure.chart !== "cohort" && legend(figure),
    chart,
    figure.suppressed > 0 && h("p", { class: "hidden-note" }, hiddenNote(figure, floor)),
    details,
  );
}

/** @param {Figure} figure @param {number} floor */
function hiddenNote(figure, floor) {
  if (figure.chart === "cohort") return `× ${hiddenWords(floor)}`;
  if (figure.chart === "line") return `灰点和断开处：${hiddenWords(floor)}`;
  const gone = figure.rows.filter(({ values }) => values.slice(0, figure.drawn).every(({ value }) => value === null));
  return gone.length ? `另有 ${gone.length} 项${hiddenWords(floor)}` : `表中有 ${figure.suppressed} 格${hiddenWords(floor)}`;
}

/** What can be drawn of a bar chart: rows with a number, and where there are many, the biggest. @param {Figure} figure */
function drawable(figure) {
  const seen = figure.rows.filter(({ values }) => values.slice(0, figure.drawn).some(({ value }) => value !== null));
  if (seen.length <= MOST_BARS) return seen;
  return [...seen].sort((a, b) => Number(b.values[0].value) - Number(a.values[0].value)).slice(0, MOST_BARS);
}

/** @param {Figure} figure */
function legend({ columns, drawn, rows }) {
  return h(
    "ul",
    { class: "legend" },
    ...columns.slice(0, drawn).map(({ title }, n) => {
      const seen = rows.some(({ values }) => values[n].value !== null);
      return h("li", { class: `s${n + 1}` }, seen ? title : `${title}（人数不足，不显示）`);
    }),
  );
}

/** @param {Figure} figure @param {number} floor @param {{from: string, to: string}} days */
function table(figure, floor, days) {
  const head = h("tr", {}, ...[figure.head, ...figure.columns.map(({ title }) => title)].map((text) => h("th", { scope: "col" }, text)));
  const rows = figure.rows.map(({ label, values }) =>
    h("tr", {}, h("th", { scope: "row" }, label), ...values.map((cell, n) => tableCell(cell, figure.columns[n].kind, floor))),
  );
  const save = h("button", { class: "quiet", type: "button" }, "下载 CSV");
  const trouble = h("span", { class: "muted", role: "status" });
  save.addEventListener("click", () => download(figure.id, days).catch((error) => (trouble.textContent = wordsOf(error))));
  return [
    h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": `${figure.title}的表` }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows))),
    h("p", { class: "note" }, figure.note),
    h("p", { class: "under" }, save, trouble),
  ];
}

/** @param {Cell} cell @param {string} kind @param {number} floor */
function tableCell({ value, suppressed }, kind, floor) {
  if (value !== null) return h("td", {}, write(value, kind));
  return suppressed ? h("td", { class: "hidden-cell" }, hiddenWords(floor)) : h("td", {}, "—");
}

/** The table needs our token, which a plain link would not bring. @param {string} id @param {{from: string, to: string}} days */
async function download(id, { from, to }) {
  const url = URL.createObjectURL(await getFile(`/api/v1${PATH}/${id}.csv?from=${from}&to=${to}`));
  h("a", { href: url, download: `${id}_${from}_${to}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), DAY / 24);
}

function enter() {
  door.hidden = true;
  board.hidden = false;
  find("#who", HTMLElement).textContent = me()?.name ?? "";
  find("#leave", HTMLElement).hidden = false;
  choose(preset);
}

onSession((event) => {
  if (event === "renewed") return;
  if (me()) return enter();
  find("#leave", HTMLElement).hidden = true;
  find("#who", HTMLElement).textContent = "";
  fill(find("#figures", HTMLElement));
  fill(find("#keys", HTMLElement));
  showDoor();
});
range.addEventListener("submit", (event) => {
  event.preventDefault();
  preset = 0;
  showPresets();
  void load();
});
find("#leave", HTMLElement).addEventListener("click", () => void signOut());
showDoor();
