/** 服务: what one can ask for, and how far one's own requests have come. */

import { catalog, isFresh, sync } from "../app.js";
import { fill, h, icon } from "../dom.js";
import { lang, nameOf, t } from "../i18n.js";
import { keyed } from "../keyed.js";
import { me } from "../session.js";
import { newestBy, timeAgo } from "../time.js";
import { placeholder } from "./placeholder.js";
import { signInForm } from "./sign_in.js";

/**
 * @typedef {import("../types.js").CitizenRequest} CitizenRequest
 * @typedef {import("../types.js").Service} Service
 */

/** @returns {import("../types.js").Screen} */
export function servicesScreen() {
  const heading = h("h2", {});
  const lead = h("p", { class: "muted" });
  const services = h("ul", { class: "services" });
  const account = h("div", {});
  const mineTitle = h("h2", {});
  const mine = h("ul", { class: "requests" });
  const none = h("div", {});
  const own = h("section", {}, mineTitle, mine, none);
  const el = h("div", { class: "scroll padded" }, account, own, h("section", {}, heading, lead, services));
  let shown = "";

  function refresh() {
    heading.textContent = t("service.title");
    lead.textContent = t("service.lead");
    mineTitle.textContent = t("service.mine");
    const user = me();
    // A form half filled in survives whatever else happens on the page.
    const wanted = user ? "in" : `out ${lang()}`;
    if (wanted !== shown) fill(account, !user && signInForm());
    shown = wanted;
    own.hidden = !user;
    refreshMine();
    keyed(services, catalog.services, { key: ({ id }) => id, ver: () => lang(), make: serviceRow });
  }

  function refreshMine() {
    /** @type {CitizenRequest[]} */
    const requests = sync.list("request").sort(newestBy("created_at"));
    keyed(mine, requests, {
      key: ({ id }) => id,
      ver: (one) => `${one.ver} ${lang()}`,
      make: requestRow,
      fresh: ({ id }) => isFresh("request", id),
    });
    fill(none, requests.length === 0 && placeholder(t("service.none")));
  }

  return { el, title: () => t("tab.services"), refresh };
}

/** @param {Service} service */
function serviceRow(service) {
  const about = (lang() === "en" && service.description_en) || service.description;
  return h(
    "li",
    {},
    h(
      "a",
      { href: `#/services/new/${encodeURIComponent(service.id)}` },
      h("div", {}, h("h3", {}, nameOf(service)), about && h("p", { class: "muted clamp" }, about)),
      icon("go"),
    ),
  );
}

/** @param {CitizenRequest} request */
function requestRow(request) {
  return h(
    "li",
    { "data-id": request.id },
    h(
      "a",
      { href: `#/services/requests/${encodeURIComponent(request.id)}` },
      h(
        "div",
        {},
        h("h3", {}, request.title),
        h("p", { class: "meta" }, stateTag(request), h("span", {}, request.service.name), timeAgo(request.updated_at)),
      ),
      icon("go"),
    ),
  );
}

/** @param {CitizenRequest} request */
export function stateTag({ state, supervised }) {
  return h("span", { class: `tag state ${state}` }, t(`state.${state}`), supervised && ` · ${t("request.supervised")}`);
}
