import type { RouteRecordRaw } from "vue-router";

import type { MessageKey } from "@/i18n";

type View = () => Promise<unknown>;

function page(path: string, title: MessageKey, component: View): RouteRecordRaw {
  return { path: `/me/${path}`, component, meta: { tab: "me", title } };
}

const routes: RouteRecordRaw[] = [
  { path: "/me", component: () => import("./MeHome.vue"), meta: { tab: "me", root: true, title: "tab.me" } },
  page("inbox", "me.inbox", () => import("./InboxPage.vue")),
  page("preferences", "prefs.title", () => import("./PreferencesPage.vue")),
  page("follows", "follows.title", () => import("./FollowsPage.vue")),
  page("relatives", "relatives.title", () => import("./RelativesPage.vue")),
  page("places", "places.title", () => import("./PlacesPage.vue")),
  page("identity", "identity.title", () => import("./IdentityPage.vue")),
  page("look", "look.title", () => import("./LookPage.vue")),
  page("devices", "devices.title", () => import("./DevicesPage.vue")),
  page("privacy", "consents.title", () => import("./ConsentsPage.vue")),
  page("data", "data.title", () => import("./DataPage.vue")),
  page("about", "about.title", () => import("./AboutPage.vue")),
];

export default routes;
