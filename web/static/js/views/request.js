/** One's own request: where it stands, every step it took, and what one can say or do about it now. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { dateTime } from "../time.js";
import { privatePhoto } from "./private_photo.js";
import { ratingForm, ratingShown } from "./rating.js";
import { readerScreen } from "./reader.js";
import { wordsForm } from "./request_words.js";
import { stateTag } from "./services.js";

/** @typedef {import("../types.js").CitizenRequest} CitizenRequest @typedef {import("../types.js").Step} Step */
/** @typedef {{rate: HTMLElement, message: HTMLElement, reopen: HTMLElement}} Forms */

const WAY = ["filed", "accepted", "assigned", "in_progress", "replied", "closed"];
const OVER = ["closed", "declined"];
const ANSWERS = ["replied", "resolved"];

/** @param {string} id @returns {import("../types.js").Screen} */
export function requestScreen(id) {
  // Made once and kept over redraws, so that a comment half written stays.
  const forms = {
    rate: ratingForm(id),
    message: wordsForm(id, { title: "request.message", hint: "request.messageHint", to: "messages", name: "text" }),
    reopen: wordsForm(id, { title: "request.reopen", hint: "request.reopenHint", to: "reopen", name: "reason" }),
  };
  return readerScreen(
    /** @type {import("./reader.js").Reading<CitizenRequest>} */ ({
      kind: "request",
      id,
      path: `/requests/${encodeURIComponent(id)}`,
      look: "request",
      home: () => ({ href: "#/services", text: t("request.back") }),
      tab: "tab.services",
      title: (request) => request.title,
      isWhole: () => true,
      draw: (request) => page(request, forms),
      gone: () => ({ text: t("request.gone") }),
      missing: ({ message }) => ({ text: message }),
    }),
  );
}

/** @param {CitizenRequest} request @param {Forms} forms */
function page(request, forms) {
  const can = (/** @type {string} */ command) => request.allowed.includes(command);
  return [
    h("p", { class: "kicker" }, stateTag(request), h("span", {}, t("request.code", { code: request.code }))),
    h("h1", { tabindex: "-1" }, request.title),
    way(request),
    facts(request),
    h("p", { class: "words" }, request.text),
    photos(request.media, request.title),
    answer(request),
    request.rating && ratingShown(request.rating),
    can("rate") && forms.rate,
    can("reopen") && forms.reopen,
    can("message") && forms.message,
    h(
      "section",
      { class: "timeline" },
      h("h2", {}, t("request.timeline")),
      h("ol", {}, ...[...request.timeline].reverse().map(step)),
    ),
  ];
}

/** The six stations, as a bar; only the ends and the one reached are written out. @param {CitizenRequest} request */
function way({ state }) {
  const reached = WAY.indexOf(state);
  if (reached < 0) return null;
  const written = [0, reached, WAY.length - 1];
  return h(
    "ol",
    { class: "way" },
    ...WAY.map((name, i) =>
      h(
        "li",
        { class: i <= reached ? "done" : "", "aria-current": i === reached ? "step" : null },
        h("span", { class: written.includes(i) ? "" : "sr-only" }, t(`state.${name}`)),
      ),
    ),
  );
}

/** @param {CitizenRequest} request */
function facts({ service, address, office, due, state }) {
  const rows = [
    [t("service.pick"), service.name],
    [t("request.place"), address],
    [t("request.office"), office?.name],
    [t("request.due"), due && !OVER.includes(state) && dateTime(due)],
  ];
  const known = rows.filter(([, value]) => value);
  return h("dl", { class: "facts" }, ...known.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** @param {import("../types.js").Media[]} media @param {string} alt */
function photos(media, alt) {
  return media.length > 0 && h("div", { class: "photo-grid" }, ...media.map((one) => privatePhoto(one, alt)));
}

/** What the office said in the end, before one is asked what one thinks of it. @param {CitizenRequest} request */
function answer({ state, timeline }) {
  const last = timeline.findLast(({ action, text }) => ANSWERS.includes(action) && text);
  if (!last || !["replied", "closed"].includes(state)) return null;
  return h(
    "section",
    { class: "panel answer" },
    h("h2", {}, t("request.answer")),
    h("p", { class: "said" }, last.text),
    h("p", { class: "muted" }, last.by, " · ", dateTime(last.at)),
  );
}

/** @param {Step} entry @param {number} i */
function step(entry, i) {
  return h(
    "li",
    { class: i === 0 ? "latest" : "", "data-id": entry.id },
    h("span", { class: "dot", "aria-hidden": "true" }, i === 0 && icon("check")),
    h(
      "p",
      { class: "meta" },
      h("strong", {}, nameOfStep(entry)),
      h("time", { datetime: entry.at }, dateTime(entry.at)),
    ),
    entry.text && h("p", { class: "said" }, entry.text),
    photos(entry.media ?? [], nameOfStep(entry)),
    entry.by && h("p", { class: "muted" }, entry.by),
  );
}

/** A step is called after the state it led to, unless it led nowhere. @param {Step} entry */
function nameOfStep({ action, state, office }) {
  const key = `action.${action === "messaged" && office ? "informed" : action}`;
  return t(key) === key ? t(`state.${state}`) : t(key);
}
