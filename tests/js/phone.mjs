// A phone on the JavaScript socket.io-client, as any other app may have it: says hello, keeps what it hears, and tells
// it line by line on its standard output. Arguments: the address, and a token or "-".
import { io } from "socket.io-client";

const [, , url, token] = process.argv;
const tell = (what, body) => process.stdout.write(`${JSON.stringify([what, body])}\n`);

const socket = io(`${url}/sync`, { transports: ["websocket"], reconnection: false });
socket.on("connect", () => {
  socket.emit("hello", token === "-" ? {} : { token }, (ack) => tell("hello", ack));
});
socket.onAny((name, body) => tell(name, body));
socket.on("connect_error", (error) => tell("connect_error", String(error)));
socket.on("disconnect", (reason) => {
  tell("disconnect", reason);
  process.exit(0);
});

// What is written to us, as `[event, body]` a line, is sent on.
let rest = "";
process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  for (const line of lines) {
    const [name, body] = JSON.parse(line);
    socket.emit(name, body, (ack) => tell(name, ack));
  }
});
process.stdin.on("end", () => socket.disconnect());
