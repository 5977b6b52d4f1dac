// Opens a Web Push message as Node's http_ece does, which shares no code with ours. Reads
// `{sealed, privateKey, p256dh, auth}` in base64 from its standard input, writes the text.
import { createECDH } from "node:crypto";
import { readFileSync } from "node:fs";
import ece from "http_ece";

const { sealed, privateKey, auth } = JSON.parse(readFileSync(0, "utf8"));
const browser = createECDH("prime256v1");
browser.setPrivateKey(privateKey, "base64url");
const text = ece.decrypt(Buffer.from(sealed, "base64url"), { version: "aes128gcm", privateKey: browser, authSecret: auth });
process.stdout.write(text);
