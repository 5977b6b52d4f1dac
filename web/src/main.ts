import { createApp } from "vue";

import App from "./app/App.vue";
import { startBells } from "./app/bells";
import { loadCatalog } from "./app/catalog";
import { startKeeping, takeOver } from "./app/first";
import { startLeaving } from "./app/leaving";
import { startLook } from "./app/look";
import { router } from "./app/router";
import { startTitles } from "./app/title";
import { startUsage } from "./app/usage";
import { startWorker } from "./app/worker";

import "./styles/index.css";

startLook();
startLeaving();
startTitles();
const app = createApp(App).use(router);
takeOver(() => app.mount("#app"));
startKeeping();
void loadCatalog();
startUsage();
startWorker();
startBells().catch(() => {
  // Without an answer the bells are as they were; the next start asks again.
});
