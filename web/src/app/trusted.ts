/**
 * The one door for what the page's Trusted Types keep out otherwise: words that are parsed into an inert document and
 * copied element by element (safe_html.ts), and the address of the service worker.
 */

const policy = (globalThis as { trustedTypes?: TrustedTypePolicyFactory }).trustedTypes?.createPolicy("ronghui-blocks", {
  createHTML: (html: string) => html,
  createScriptURL: (url: string) => url,
});

export function inertHtml(html: string): string {
  return (policy?.createHTML(html) ?? html) as string;
}

export function workerUrl(url: string): string {
  return (policy?.createScriptURL(url) ?? url) as string;
}
