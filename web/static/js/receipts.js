/** Checking a file of receipts: the same as backend/requests/receipts/check.py, with the browser's own cryptography. */

/** @typedef {{name: string, holds: boolean|null, words: string}} Check */
/** @typedef {{holds: boolean|null, case: string|null, checks: Check[], receipts: any[]}} Verdict */

const FORMAT = "ronghui-receipts/1";
const GENESIS = "0".repeat(64);
const MEMBERS = ["case", "format", "issued_at", "key", "keys", "receipts", "signature"];
const OF_RECEIPT = ["action", "at", "by", "case", "hash", "key", "media_sha256", "office", "prev_hash", "rating", "signature", "state", "step", "text_sha256"];
const bytes = new TextEncoder();

/** JSON as RFC 8785 has it; all our names are ASCII and all numbers whole. @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** Tell whether this browser can check by itself. */
export async function canCheck() {
  if (!globalThis.crypto?.subtle) return false;
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

/** @param {Uint8Array} data */
async function sha256(data) {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {any} */ (data))));
}

/** @param {Uint8Array} data */
const toHex = (data) => [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
/** @param {string} hex */
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
/** @param {unknown} value @param {number} length */
const isHex = (value, length) => typeof value === "string" && value.length === length && /^[0-9a-f]+$/.test(value);
/** @param {any} value @param {string[]} names */
const hasOnly = (value, names) => value !== null && typeof value === "object" && Object.keys(value).sort().join() === names.join();

/** @param {Record<string, any>} thing @param {...string} names */
function without(thing, ...names) {
  return Object.fromEntries(Object.entries(thing).filter(([name]) => !names.includes(name)));
}

/** @param {string} kind @param {Record<string, any>} thing */
const message = (kind, thing) => bytes.encode(`${kind}\n${canonical(without(thing, "signature"))}`);

/** @param {Map<string, string>} keys @param {Record<string, any>} signed @param {Uint8Array} data */
async function fits(keys, signed, data) {
  const hex = keys.get(signed.key);
  if (!hex) return false;
  try {
    const key = await crypto.subtle.importKey("raw", fromHex(hex), { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, fromHex(signed.signature), /** @type {any} */ (data));
  } catch {
    return false;
  }
}

/** @param {string} text @returns {any} the file, or null */
function read(text) {
  try {
    const file = JSON.parse(text);
    return isFile(file) ? file : null;
  } catch {
    return null;
  }
}

/** @param {any} file */
function isFile(file) {
  const names = "texts" in file ? [...MEMBERS, "texts"].sort() : MEMBERS;
  return hasOnly(file, names) && file.format === FORMAT && typeof file.case === "string" && typeof file.issued_at === "string"
    && isHex(file.key, 16) && isHex(file.signature, 128)
    && Array.isArray(file.keys) && file.keys.every(isKey)
    && Array.isArray(file.receipts) && file.receipts.length > 0 && file.receipts.every(isReceipt)
    && Array.isArray(file.texts ?? []) && (file.texts ?? []).every(isText);
}

/** @param {any} key */
const isKey = (key) => hasOnly(key, ["algorithm", "id", "public_key"]) && key.algorithm === "Ed25519" && isHex(key.id, 16) && isHex(key.public_key, 64);
/** @param {any} one */
const isReceipt = (one) => hasOnly(one, OF_RECEIPT) && Number.isInteger(one.step)
  && ["case", "action", "state", "at", "by"].every((name) => typeof one[name] === "string")
  && isHex(one.key, 16) && isHex(one.hash, 64) && isHex(one.prev_hash, 64) && isHex(one.signature, 128);
/** @param {any} each */
const isText = (each) => hasOnly(each, ["salt", "step", "text"]) && Number.isInteger(each.step) && isHex(each.salt, 32) && typeof each.text === "string";

/**
 * Check a file against the centre's public keys (hex by id), from elsewhere than the file.
 * @param {string} text @param {Map<string, string>} trusted @returns {Promise<Verdict>}
 */
export async function check(text, trusted) {
  const file = read(text);
  if (!file) return verdict([said("readable", false, "", "这不是一份融汇回执文件，或者文件已经损坏。")], null);
  /** @type {any[]} */
  const all = file.receipts;
  const keys = new Map(file.keys.map((/** @type {any} */ key) => [key.id, key.public_key]));
  const checks = [
    said("readable", true, `读到诉求 ${file.case} 的 ${all.length} 张回执。`, ""),
    said("canonical", canonical(file) === text.replace(/\n$/, ""), "文件的写法没有被动过。", "文件被重新排版或改动过，写法与签发时不同。"),
    await checkKeys(file, keys, trusted),
    await each(all, "case", (one) => one.case === file.case, "每张回执都属于这件诉求。", "不属于这件诉求"),
    await each(all, "order", (one, at) => one.step === at + 1, "步骤编号连续，没有缺页。", "编号不连续"),
    await each(all, "hash", async (one) => one.hash === await sha256(bytes.encode(canonical(without(one, "hash", "signature")))), "每张回执的内容与散列一致。", "内容与散列不符"),
    await each(all, "chain", (one, at) => one.prev_hash === (at ? all[at - 1].hash : GENESIS), "各步首尾相接。", "与上一步接不上"),
    await each(all, "signature", (one) => fits(keys, one, message("ronghui-receipt", one)), "每一步都有中心的签名。", "签名不对"),
    said("whole", await fits(keys, file, message("ronghui-receipts", file)), `整份文件由中心于 ${file.issued_at} 签发，没有增减。`, "整份文件的签名不对，内容被增减或改动过。"),
  ];
  if (file.texts) checks.push(await checkTexts(file));
  return verdict(checks, file);
}

/** @param {string} name @param {boolean} holds @param {string} good @param {string} bad @returns {Check} */
const said = (name, holds, good, bad) => ({ name, holds, words: holds ? good : bad });

/**
 * @param {any[]} all @param {string} name @param {(one: any, at: number) => boolean|Promise<boolean>} test
 * @param {string} good @param {string} bad
 */
async function each(all, name, test, good, bad) {
  for (const [at, one] of all.entries()) if (!await test(one, at)) return said(name, false, "", `第 ${at + 1} 张回执${bad}。`);
  return said(name, true, good, "");
}

/** @param {any} file @param {Map<string, string>} keys @param {Map<string, string>} trusted */
async function checkKeys(file, keys, trusted) {
  const used = new Set([file.key, ...file.receipts.map((/** @type {any} */ one) => one.key)]);
  let whole = used.size === keys.size && keys.size === file.keys.length && [...used].every((id) => keys.has(id));
  for (const [id, hex] of keys) whole = whole && (await sha256(fromHex(hex))).slice(0, 16) === id;
  if (!whole) return said("keys", false, "", "文件里的公钥不全，或与编号不符。");
  const strange = [...keys].filter(([id, hex]) => trusted.get(id) !== hex).map(([id]) => id).sort();
  return said("keys", !strange.length, "签名用的公钥就是中心公布的公钥。", `公钥 ${strange.join("、")} 不是中心公布的公钥，这份文件不能当作中心签发。`);
}

/** @param {any} file */
async function checkTexts(file) {
  const hashes = new Map(file.receipts.map((/** @type {any} */ one) => [one.step, one.text_sha256]));
  for (const { step, salt, text } of file.texts) {
    const hash = await sha256(new Uint8Array([...fromHex(salt), ...bytes.encode(text)]));
    if (hashes.get(step) !== hash) return said("texts", false, "", `第 ${step} 步附上的文字不是当时的文字。`);
  }
  return said("texts", true, `附上的 ${file.texts.length} 段文字与当时一字不差。`, "");
}

/** @param {Check[]} checks @param {any} file @returns {Verdict} */
function verdict(checks, file) {
  return { holds: checks.every((one) => one.holds), case: file?.case ?? null, checks, receipts: file?.receipts ?? [] };
}
