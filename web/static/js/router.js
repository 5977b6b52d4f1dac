/** Addresses after the hash: `#/news`, `#/news/<id>`. The part before the first slash names the tab. */

/** @typedef {{tab: string, rest: string[], query: URLSearchParams}} Route */

/** @type {(route: Route) => void} */
let show = () => {};
/** How many addresses of ours lie behind this one. */
let depth = 0;

/** @returns {Route} */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [tab, ...rest] = path.split("/").filter(Boolean).map(decode);
  return { tab: tab ?? "news", rest, query: new URLSearchParams(query) };
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A mangled address leads to "not found", not to an exception.
  }
}

/** @param {(route: Route) => void} fn */
export function startRouter(fn) {
  show = fn;
  remember(history.state?.depth ?? 0);
  addEventListener("hashchange", () => {
    // A new address has no state yet; one gone back to still carries its own.
    remember(history.state?.depth ?? depth + 1);
    show(here());
  });
  show(here());
}

/** @param {number} n @param {string} [hash] */
function remember(n, hash) {
  depth = n;
  history.replaceState({ depth }, "", hash);
}

/** @param {string} hash */
export function go(hash) {
  location.hash = hash;
}

/** Go elsewhere without a way back to here. @param {string} hash */
export function replace(hash) {
  remember(depth, hash);
  show(here());
}

/**
 * Back to where the reader came from; to `parent` when this address was opened directly.
 * @param {string} parent
 */
export function back(parent) {
  if (depth > 0) history.back();
  else replace(parent);
}
