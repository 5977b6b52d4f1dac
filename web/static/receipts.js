/** The page at /receipts/check: a file is checked in the browser, or by the server where the browser cannot. */

import { call, get } from "./js/api.js";
import { fill, find, h } from "./js/dom.js";
import { canCheck, check } from "./js/receipts.js";

const MOST = 400_000;
const MARKS = { true: ["good", "✓"], false: ["bad", "✗"], null: ["unsure", "？"] };
const ACTIONS = /** @type {Record<string, string>} */ ({
  file: "提交", accept: "受理", decline: "不予受理", assign: "派单", take: "签收", return: "退单", reply: "答复",
  resolve: "办结", supervise: "督办", message: "留言", rate: "评价", reopen: "要求重办", confirm: "确认办结",
});

const input = find("#file", HTMLInputElement);
const drop = find(".drop", HTMLElement);
const how = find("#how", HTMLElement);
const outcome = find("#outcome", HTMLElement);

/** @param {File} file */
async function run(file) {
  outcome.hidden = true;
  if (file.size > MOST) {
    how.textContent = "文件太大，不会是回执文件。";
    return;
  }
  how.textContent = "正在核验…";
  try {
    const text = await file.text();
    const here = await canCheck();
    show(here ? await check(text, await publishedKeys()) : await byServer(text));
    how.textContent = here ? "已在您的浏览器里核验，文件没有上传。" : "这个浏览器不支持 Ed25519，由服务器核验，没有留存。";
  } catch (error) {
    console.warn(error);
    how.textContent = "核验没有完成，请检查网络后再试。";
  }
}

async function publishedKeys() {
  const { items } = await get("/receipts/keys");
  return new Map(items.map((/** @type {any} */ key) => [key.id, key.public_key]));
}

/** @param {string} text */
async function byServer(text) {
  const found = await call("POST", "/receipts/check", { body: { file: text } });
  return { ...found, receipts: found.case ? JSON.parse(text).receipts : [] };
}

/** @param {import("./js/receipts.js").Verdict} verdict */
function show(verdict) {
  const words = find("#verdict", HTMLElement);
  words.className = `verdict ${verdict.holds ? "good" : "bad"}`;
  words.textContent = verdict.holds ? `诉求 ${verdict.case} 的回执完整可信` : "这份文件不可信";
  fill(find("#checks", HTMLElement), verdict.checks.map((one) => {
    const [name, mark] = MARKS[/** @type {"true"} */ (String(one.holds))];
    return h("li", {}, h("span", { class: name, "aria-label": one.holds ? "成立" : "不成立" }, mark), h("span", {}, one.words));
  }));
  fill(find("#steps", HTMLElement), verdict.receipts.map((one) => h("li", {},
    h("strong", {}, `${one.step}. ${ACTIONS[one.action] ?? one.action}`),
    h("small", {}, `${new Date(one.at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" })} · ${one.by}`),
    h("code", {}, one.hash.slice(0, 24), "…"),
  )));
  outcome.hidden = false;
  outcome.focus();
}

input.addEventListener("change", () => { if (input.files?.[0]) run(input.files[0]); });
for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const file = event.dataTransfer?.files[0];
  if (file) run(file);
});
