import "element-plus/dist/index.css";
import "../styles/base.css";
import "./desk.css";

import { createApp } from "vue";

import { loadCatalog } from "@/app/catalog";
import { startLook } from "@/app/look";

import DeskApp from "./DeskApp.vue";
import { router } from "./router";

startLook();
createApp(DeskApp).use(router).mount("#desk");
void loadCatalog();
