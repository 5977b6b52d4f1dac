/**
 * A small Socket.IO client: Engine.IO 4 over one websocket, one namespace, events with acks.
 *
 * It reconnects by itself. The wait doubles up to 15 seconds and is drawn at random, so that ten thousand phones that
 * lost the same server do not come back in the same moment.
 */

const SLOWEST = 15_000;
const ACK_MS = 10_000;

/** @typedef {{onOpen: () => void, onEvent: (name: string, data: any) => void, onDown: () => void}} Handlers */

export class Socket {
  /** @type {WebSocket|undefined} */ #ws;
  /** @type {Map<number, (data: any) => void>} */ #acks = new Map();
  #nextAck = 0;
  #failures = 0;
  #patience = 45_000; // Replaced by what the server's first packet says.
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #watchdog;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #redial;

  /** @param {string} namespace @param {Handlers} handlers */
  constructor(namespace, handlers) {
    this.namespace = namespace;
    this.handlers = handlers;
  }

  /** Dial now, unless a line is up or being dialled. */
  connect() {
    clearTimeout(this.#redial);
    if (this.#ws) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const ws = new WebSocket(`${scheme}://${location.host}/socket.io/?EIO=4&transport=websocket`);
    ws.onmessage = (message) => this.#ws === ws && this.#packet(String(message.data));
    ws.onclose = () => this.#ws === ws && this.retry();
    this.#ws = ws;
    this.#alive();
  }

  /** Whether a line is up or being dialled. */
  get isUp() {
    return this.#ws !== undefined;
  }

  /** Hang up and dial again in `ms`: now, by default. @param {number} [ms] */
  reconnect(ms = 0) {
    this.#down(ms);
  }

  /** This line led to nothing: wait as after any failure, and dial again. */
  retry() {
    this.#down(this.#backOff());
  }

  /** The server has accepted us: the next failure starts with a short wait again. */
  settled() {
    this.#failures = 0;
  }

  /**
   * Send an event and wait for its ack.
   * @param {string} name @param {any} data @returns {Promise<any>} rejected when the line goes down before it
   */
  call(name, data) {
    const id = this.#nextAck++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#acks.has(id) && settle(new Error("No ack in time.")), ACK_MS);
      const settle = (/** @type {any} */ answer) => {
        clearTimeout(timer);
        this.#acks.delete(id);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      this.#acks.set(id, settle);
      this.#send(`42${this.namespace},${id}${JSON.stringify([name, data])}`);
    });
  }

  /** @param {string} packet */
  #send(packet) {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(packet);
  }

  /** @param {string} packet */
  #packet(packet) {
    this.#alive();
    if (packet[0] === "0") this.#open(JSON.parse(packet.slice(1)));
    else if (packet[0] === "1") this.retry();
    else if (packet[0] === "2") this.#send("3");
    else if (packet[0] === "4") this.#message(packet.slice(1));
  }

  /** @param {{pingInterval: number, pingTimeout: number}} hello */
  #open(hello) {
    this.#patience = hello.pingInterval + hello.pingTimeout;
    this.#alive();
    this.#send(`40${this.namespace},`);
  }

  /** @param {string} message a Socket.IO packet: type, namespace, comma, ack number, JSON */
  #message(message) {
    const [, type, space, ack, json] = /^(\d)(?:(\/[^,]*),)?(\d*)(.*)$/s.exec(message) ?? [];
    if ((space ?? "/") !== this.namespace) return;
    if (type === "0") this.handlers.onOpen();
    else if (type === "1" || type === "4") this.retry();
    else if (type === "2") this.handlers.onEvent(...eventOf(json));
    else if (type === "3") this.#acks.get(Number(ack))?.(JSON.parse(json)[0]);
  }

  /** A server that says nothing for longer than its own promise is gone, whatever the network claims. */
  #alive() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.retry(), this.#patience);
  }

  #backOff() {
    const longest = Math.min(SLOWEST, 500 * 2 ** this.#failures++);
    return 200 + Math.random() * longest;
  }

  /** @param {number} wait */
  #down(wait) {
    const ws = this.#ws;
    this.#ws = undefined;
    clearTimeout(this.#watchdog);
    ws?.close();
    for (const settle of [...this.#acks.values()]) settle(new Error("The line went down."));
    this.handlers.onDown();
    clearTimeout(this.#redial);
    this.#redial = setTimeout(() => this.connect(), wait);
  }
}

/** @param {string} json @returns {[string, any]} */
function eventOf(json) {
  const [name, data] = JSON.parse(json);
  return [name, data];
}
