/** One's own request: where it stands, every step it took, and what one can say or do about it now. */

import { call, newKey } from "../api.js";
import { factList, h, icon } from "../dom.js";
import { once } from "../form.js";
import { t } from "../i18n.js";
import { dateTime } from "../time.js";
import { toast, toastError } from "../toast.js";
import { privatePhoto } from "./private_photo.js";
import { ratingForm, ratingShown } from "./rating.js";
import { readerScreen } from "./reader.js";
import { wordsForm } from "./request_words.js";
import { stateTag } from "./services.js";

/** @typedef {import("../types.js").CitizenRequest} CitizenRequest @typedef {import("../types.js").Step} Step */
/** @typedef {{confirm: HTMLElement, rate: HTMLElement, message: HTMLElement, reopen: HTMLElement}} Forms */

const WAY = ["filed", "accepted", "assigned", "in_progress", "replied", "closed"];
const OVER = ["closed", "declined"];
const ANSWERS = ["reply", "resolve", "answer"];

/** @param {string} id @returns {import("../types.js").Screen} */
export function requestScreen(id) {
  // Made once and kept over redraws, so that a comment half written stays.
  const forms = {
    confirm: confirmForm(id),
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
    why(request),
    request.place_note && h("p", { class: "note" }, request.place_note),
    request.declined &&
      h("p", { class: "note" }, request.declined.reason, request.declined.where && ` ${request.declined.where}`),
    request.waiting && h("p", { class: "note warn" }, t("request.waiting")),
    h("p", { class: "words" }, request.text),
    photos(request.media, request.title),
    answer(request),
    request.rating && ratingShown(request.rating),
    can("confirm") && forms.confirm,
    can("rate") && forms.rate,
    can("reopen") && forms.reopen,
    can("message") && forms.message,
    holders(request),
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
  return factList([
    [t("service.pick"), service.name],
    [t("request.place"), address],
    [t("request.office"), office?.name],
    [t("request.due"), due && !OVER.includes(state) && dateTime(due)],
  ]);
}

/** How the due date was counted, day by day. @param {CitizenRequest} request */
function why({ due_explained: due, state }) {
  if (!due || OVER.includes(state)) return null;
  return h(
    "details",
    { class: "fold" },
    h("summary", {}, t("request.dueWhy")),
    h(
      "ol",
      { class: "reasons" },
      ...due.steps.map(({ from, to, why }) =>
        h("li", {}, h("p", {}, why), h("p", { class: "muted" }, dateTime(from), " – ", dateTime(to))),
      ),
    ),
    due.provisional && h("p", { class: "muted" }, t("request.provisional")),
  );
}

/** Who had the case for how long; whoever has it now still does. @param {CitizenRequest} request */
function holders({ custody }) {
  if (custody.length === 0) return null;
  return h(
    "details",
    { class: "fold" },
    h("summary", {}, t("request.holders")),
    h(
      "ul",
      { class: "reasons" },
      ...custody.map(({ holder, seconds, since }) =>
        h(
          "li",
          {},
          h("p", {}, holder),
          h("p", { class: "muted" }, lasted(seconds), since && ` · ${t("request.holdsSince", { time: dateTime(since) })}`),
        ),
      ),
    ),
  );
}

/** @param {number} seconds */
function lasted(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t("span.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("span.hours", { n: Math.round(minutes / 60) });
  return t("span.days", { n: Math.round(minutes / 60 / 24) });
}

/** One tap for whoever is content and does not want to give marks. @param {string} id of the request */
function confirmForm(id) {
  const key = newKey();
  const yes = h("button", { type: "button", class: "button" }, t("request.confirm"));
  yes.addEventListener("click", () =>
    once(yes, async () => {
      try {
        await call("POST", `/requests/${encodeURIComponent(id)}/confirm`, { body: {}, key });
        toast(t("request.confirmed"));
      } catch (error) {
        toastError(error);
      }
    }),
  );
  return h("section", { class: "panel" }, h("h2", {}, t("request.confirmAsk")), yes);
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
  const key = `action.${action === "message" && office ? "inform" : action}`;
  return t(key) === key ? t(`state.${state}`) : t(key);
}
