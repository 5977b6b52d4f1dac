/** 我的: messages, and what there is to know about this page. */

import { isFresh, sync } from "../app.js";
import { canDigest } from "../digest.js";
import { fill, h, icon } from "../dom.js";
import { once } from "../form.js";
import { lang, t } from "../i18n.js";
import { bells, markAllRead, markRead, targetOf, unread } from "../inbox.js";
import { keyed } from "../keyed.js";
import { me, signOut } from "../session.js";
import { timeAgo } from "../time.js";
import { toast, toastError } from "../toast.js";
import { isForbidden, isOn, setOn } from "../usage.js";
import { placeholder } from "./placeholder.js";
import { signInForm } from "./sign_in.js";

/** @typedef {import("../types.js").Bell} Bell */

/** @returns {import("../types.js").Screen} */
export function meScreen() {
  const account = h("div", {});
  const title = h("h2", {});
  const readAll = h("button", { type: "button", class: "link" });
  const list = h("ul", { class: "bells" });
  const none = h("div", {});
  const about = h("section", {});
  const el = h(
    "div",
    { class: "scroll padded" },
    account,
    h("section", {}, h("div", { class: "section-head" }, title, readAll), list, none),
    about,
  );
  let shown = "";

  readAll.addEventListener("click", () => once(readAll, () => markAllRead().catch(toastError)));

  function refresh() {
    const wanted = `${me()?.id ?? ""} ${lang()}`;
    if (wanted !== shown) {
      fill(account, me() ? profile() : signInForm());
      fill(about, ...aboutPage());
    }
    shown = wanted;
    title.textContent = t("me.inbox");
    readAll.textContent = t("me.readAll");
    const fresh = unread();
    readAll.hidden = fresh.length === 0;
    const all = bells();
    keyed(list, all.slice(0, 50), {
      key: ({ id }) => id,
      ver: (bell) => `${bell.ver} ${lang()} ${fresh.includes(bell)}`,
      make: (bell) => bellRow(bell, fresh.includes(bell)),
      fresh: ({ id }) => isFresh("bell", id),
    });
    fill(none, all.length === 0 && placeholder(t("me.none"), { hint: me() ? undefined : t("me.signIn") }));
  }
  return { el, title: () => t("tab.me"), refresh };
}

function profile() {
  const user = me();
  const leave = h("button", { type: "button", class: "button quiet" }, t("sign.out"));
  leave.addEventListener("click", () =>
    once(leave, async () => {
      await signOut();
      toast(t("sign.outDone"));
    }),
  );
  const name = user?.name || user?.phone || "";
  return h(
    "div",
    { class: "panel profile" },
    h("span", { class: "avatar", "aria-hidden": "true" }, icon("me")),
    h("div", {}, h("strong", {}, name), user?.phone && user.phone !== name && h("p", { class: "muted" }, user.phone)),
    leave,
  );
}

/** @param {Bell} bell @param {boolean} isUnread */
function bellRow(bell, isUnread) {
  const target = targetOf(bell);
  const inside = [
    h("span", { class: "bell-mark" }, icon("bell"), isUnread && h("span", { class: "sr-only" }, t("me.unread"))),
    h(
      "div",
      {},
      h("h3", {}, bell.title),
      bell.text && h("p", { class: "clamp" }, bell.text),
      h("p", { class: "meta" }, timeAgo(bell.at)),
    ),
  ];
  const el = h(
    "li",
    { class: isUnread ? "unread" : "", "data-id": bell.id },
    target ? h("a", { href: target }, ...inside) : h("div", { class: "row" }, ...inside),
  );
  if (isUnread) el.addEventListener("click", () => markRead(bell).catch(toastError));
  return el;
}

function aboutPage() {
  const result = h("p", { class: "muted", role: "status" }, t(canDigest ? "me.checkHint" : "me.cannot"));
  const check = h(
    "button",
    { type: "button", class: "row", disabled: !canDigest },
    h("div", {}, h("h3", {}, t("me.check")), result),
  );
  check.addEventListener("click", () => once(check, () => compare(result).catch(toastError)));
  return [
    h("h2", {}, t("me.settings")),
    h(
      "ul",
      { class: "rows" },
      h("li", {}, check),
      h("li", {}, usageSwitch()),
      h("li", {}, h("a", { class: "row", href: "/docs" }, h("h3", {}, t("me.docs")), icon("go"))),
    ),
  ];
}

/** Whether this page may count its own use. */
function usageSwitch() {
  const words = h("p", { class: "muted", role: "status" });
  const button = h(
    "button",
    { type: "button", class: "row", id: "usage", role: "switch", disabled: isForbidden() },
    h("div", {}, h("h3", {}, t("me.usage")), words),
  );
  const show = () => {
    button.setAttribute("aria-checked", String(isOn()));
    words.textContent = t(isForbidden() ? "me.usageForbidden" : isOn() ? "me.usageOn" : "me.usageOff");
  };
  button.addEventListener("click", () =>
    once(button, async () => {
      try {
        await setOn(!isOn());
      } finally {
        show();
      }
    }).catch(() => toast(t("error.network"), "error")),
  );
  show();
  return button;
}

/** @param {HTMLElement} result */
async function compare(result) {
  result.textContent = t("me.checking");
  const checked = await Promise.all(sync.streams.map((stream) => sync.verify(stream)));
  const n = checked.reduce((sum, { count }) => sum + count, 0);
  result.textContent = checked.every(({ same }) => same) ? t("me.same", { n }) : t("me.different");
}
