declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent;
  export default component;
}

/** Which of the two apps this is: its name in the browser's storage. Set by the build (vite.config.ts, vite.desk.config.ts). */
declare const __APP__: string;
