/** The fingerprint of a stream: XOR of the first 16 bytes of SHA-256 over each item's kind, id and version. */

/** Whether this device can compute it: SubtleCrypto exists on https and local addresses only. */
export const canDigest = Boolean(globalThis.crypto?.subtle);

/** @returns 32 lower-case hexadecimal digits */
export async function digestOf(items: Iterable<{ kind: string; id: string; ver: number }>): Promise<string> {
  const encoder = new TextEncoder();
  const hashes = await Promise.all(
    [...items].map(({ kind, id, ver }) => crypto.subtle.digest("SHA-256", encoder.encode(`${kind}\n${id}\n${ver}`))),
  );
  const sum = new Uint8Array(16);
  for (const hash of hashes) new Uint8Array(hash, 0, 16).forEach((byte, i) => (sum[i]! ^= byte));
  return [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
