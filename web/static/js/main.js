/** The page: brings the copy, the person and the address together and shows the screen they ask for. */

import { loadCatalog, noteArrivals, sync } from "./app.js";
import { find } from "./dom.js";
import { nameOfThing, showPlace, showPulse, showState, showUnread, startFrame, TABS } from "./frame.js";
import { applyLang, onLang, t } from "./i18n.js";
import { targetOf } from "./inbox.js";
import { startRouter } from "./router.js";
import { me, onSession } from "./session.js";
import { tickTimes } from "./time.js";
import { clearToast, toast } from "./toast.js";
import { nowReading, pushOpened, startUsage } from "./usage.js";
import { articleScreen } from "./views/article.js";
import { feedScreen } from "./views/feed.js";
import { meScreen } from "./views/me.js";
import { noticeScreen } from "./views/notice.js";
import { noticesScreen } from "./views/notices.js";
import { itemScreen } from "./views/item.js";
import { publicCaseScreen } from "./views/public_case.js";
import { requestScreen } from "./views/request.js";
import { requestFormScreen } from "./views/request_form.js";
import { searchScreen } from "./views/search.js";
import { servicesScreen } from "./views/services.js";
import { showWarnings } from "./warnings.js";

/** @typedef {import("./types.js").Screen} Screen @typedef {import("./router.js").Route} Route */

/**
 * The four tabs stay as they were left; what is opened from them lies on top.
 * @type {Record<string, Screen>}
 */
const roots = { news: feedScreen(), notices: noticesScreen(), services: servicesScreen(), me: meScreen() };
let tab = "news";
/** @type {Screen|null} */
let inside = null;
/** What had the focus before a screen was laid over it. @type {Element|null} */
let opener = null;

const screens = find("#screens", HTMLElement);
for (const [name, { el }] of Object.entries(roots)) {
  el.dataset.screen = name;
  screens.append(el);
}

/** @param {Route} route @returns {Screen|null} the screen over the tab, if the address names one */
function screenFor({ tab, rest: [first, second], query }) {
  if (tab === "news" && first === "search") return searchScreen(query.get("q") ?? "");
  if (tab === "news" && first) return articleScreen(first);
  if (tab === "notices" && first) return noticeScreen(first);
  if (tab === "services" && first === "new") return requestFormScreen(second);
  if (tab === "services" && first === "requests" && second) return requestScreen(second);
  if (tab === "services" && first === "items" && second) return itemScreen(second);
  if (tab === "services" && first === "cases" && second) return publicCaseScreen(second);
  return null;
}

/** @param {Route} route */
function show(route) {
  tab = TABS.find((name) => name === route.tab) ?? "news";
  const wasInside = inside !== null;
  clearToast();
  nowReading(null);
  close();
  inside = screenFor({ ...route, tab });
  for (const [name, { el }] of Object.entries(roots)) cover(el, name !== tab || inside !== null);
  if (inside) open(inside, wasInside);
  refresh();
  const article = tab === "news" && inside && route.rest[0] !== "search" ? route.rest[0] : null;
  if (article && route.query.get("from") === "push") pushOpened(article);
  if (article) nowReading(article, inside?.el);
  if (inside) focusOn(inside.el.querySelector("h1") ?? screens);
  else if (wasInside) focusOn(opener?.isConnected ? opener : screens);
}

function close() {
  inside?.el.remove();
  inside = null;
}

/** @param {Screen} screen @param {boolean} replaces whether another lay there already */
function open(screen, replaces) {
  if (!replaces) opener = document.activeElement;
  screen.el.classList.add("inside");
  screens.append(screen.el);
}

/**
 * A covered screen keeps its place and its scroll, and cannot be reached.
 * @param {HTMLElement} el
 * @param {boolean} covered
 */
function cover(el, covered) {
  el.inert = covered;
  el.classList.toggle("covered", covered);
}

/** @param {Element|null} el */
function focusOn(el) {
  if (el instanceof HTMLElement && el.isConnected) el.focus({ preventScroll: true });
}

/** Bring everything that is shown up to the copy. Cheap, as screens touch only what differs. */
function refresh() {
  roots[tab].refresh();
  inside?.refresh();
  showPlace(tab, inside !== null, (inside ?? roots[tab]).title());
  showState();
  showUnread();
  showWarnings();
}

let due = false;
/**
 * Many rows of one frame are one redraw; not tied to painting, so that a page in the background keeps up too.
 */
function refreshSoon() {
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    refresh();
  });
}

sync.subscribe(({ changes, live }) => {
  if (live && changes.length) {
    noteArrivals(changes);
    showPulse(changes);
    announce(changes);
  }
  refreshSoon();
});

/**
 * Tell a screen reader about new articles and personal bells; sighted people see the highlight.
 * @param {import("./types.js").Change[]} changes
 */
function announce(changes) {
  const fresh = changes.filter(({ isNew, kind }) => isNew && kind === "article");
  if (fresh.length) say(t("feed.arrived", { title: nameOfThing("article", fresh[0].data) }));
  // What is being withdrawn must not linger in a corner that only screen readers reach.
  else if (changes.some(({ op }) => op === "del")) say("");
  const bell = changes.find(
    ({ isNew, kind, stream, data }) => isNew && kind === "bell" && stream.startsWith("user:") && !data.read_at,
  );
  // Whoever is looking at the thing sees it change.
  if (bell && targetOf(bell.data) !== location.hash) toast(bell.data.title);
}

/** @param {string} words */
function say(words) {
  find("#announce", HTMLElement).textContent = words;
}

onSession((event) => {
  const user = me();
  for (const stream of sync.streams) if (stream.startsWith("user:") && stream !== `user:${user?.id}`) sync.drop(stream);
  if (user) sync.join(`user:${user.id}`);
  if (event === "renewed") sync.renewToken();
  else sync.reidentify();
  if (event === "expired") toast(t("sign.expired"), "error");
  refreshSoon();
});

onLang(() => {
  tickTimes();
  refresh();
});

applyLang();
startFrame();
startRouter(show);
sync.join("pub");
startUsage(sync);
void loadCatalog(refreshSoon);
setInterval(() => {
  tickTimes();
  showWarnings();
}, 30_000);
document.addEventListener("visibilitychange", tickTimes);
