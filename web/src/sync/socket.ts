/**
 * A small Socket.IO client: Engine.IO 4 over one websocket, one namespace, events with acks.
 *
 * It is our own and not socket.io-client because it is smaller (a hundred lines against 13 KB compressed of the first
 * load, most of it polling, binary packets and namespaces that this protocol never uses) and sturdier for our case: a
 * `bye` names the moment of the next try, a line that fell can never deliver a packet of before, and nothing is kept
 * in a send buffer that would be played on the next line after its hello. `tests/realtime` holds the server to what
 * the real clients expect, so this one is not the only proof of the packets.
 *
 * It reconnects by itself. The wait doubles up to 15 seconds and is drawn at random, so that ten thousand phones that
 * lost the same server do not come back in the same moment.
 */

const SLOWEST = 15_000;
const ACK_MS = 10_000;

export interface Handlers {
  onOpen(): void;
  onEvent(name: string, data: unknown): void;
  onDown(): void;
}

/** As much of a WebSocket as is used; a native app brings its own. */
export interface Wire {
  readonly readyState: number;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  /** Some libraries throw what nobody listens for; the close that follows is what counts. */
  onerror: ((error: unknown) => void) | null;
  send(data: string): void;
  close(): void;
}

const OPEN = 1;

export class Socket {
  #wire: Wire | undefined;
  #acks = new Map<number, (answer: unknown) => void>();
  #nextAck = 0;
  #failures = 0;
  #ended = false;
  #heardAt = 0;
  #patience = 45_000; // Replaced by what the server's first packet says.
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #redial: ReturnType<typeof setTimeout> | undefined;

  /** @param dial opens a websocket to `/socket.io/?EIO=4&transport=websocket` of the server */
  constructor(
    readonly namespace: string,
    readonly handlers: Handlers,
    readonly dial: () => Wire,
  ) {}

  /** Dial now, unless a line is up or being dialled. */
  connect(): void {
    clearTimeout(this.#redial);
    if (this.#wire || this.#ended) return;
    const wire = this.dial();
    wire.onmessage = (message) => this.#wire === wire && this.#packet(String(message.data));
    wire.onclose = () => this.#wire === wire && this.retry();
    wire.onerror = () => {};
    this.#wire = wire;
    this.#alive();
  }

  /** Whether a line is up or being dialled. */
  get isUp(): boolean {
    return this.#wire !== undefined;
  }

  /** How long the server has said nothing, in milliseconds. */
  get silence(): number {
    return Date.now() - this.#heardAt;
  }

  /** Hang up and dial again in `ms`: now, by default. */
  reconnect(ms = 0): void {
    this.#down(ms);
  }

  /** This line led to nothing: wait as after any failure, and dial again. */
  retry(): void {
    this.#down(this.#backOff());
  }

  /** The server has accepted us: the next failure starts with a short wait again. */
  settled(): void {
    this.#failures = 0;
  }

  /** Hang up for good. */
  end(): void {
    this.#ended = true;
    this.#down(0);
    clearTimeout(this.#redial);
  }

  /** Send an event and wait for its ack; rejected when the line goes down before it. */
  call(name: string, data: unknown): Promise<unknown> {
    const id = this.#nextAck++;
    return new Promise((resolve, reject) => {
      const settle = (answer: unknown): void => {
        clearTimeout(timer);
        this.#acks.delete(id);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      const timer = setTimeout(() => settle(new Error("No ack in time.")), ACK_MS);
      this.#acks.set(id, settle);
      this.#send(`42${this.namespace},${id}${JSON.stringify([name, data])}`);
    });
  }

  #send(packet: string): void {
    if (this.#wire?.readyState === OPEN) this.#wire.send(packet);
  }

  #packet(packet: string): void {
    this.#alive();
    const type = packet[0];
    if (type === "0") this.#open(JSON.parse(packet.slice(1)) as { pingInterval: number; pingTimeout: number });
    else if (type === "1") this.retry();
    else if (type === "2") this.#send("3");
    else if (type === "4") this.#message(packet.slice(1));
  }

  #open(hello: { pingInterval: number; pingTimeout: number }): void {
    this.#patience = hello.pingInterval + hello.pingTimeout;
    this.#alive();
    this.#send(`40${this.namespace},`);
  }

  /** A Socket.IO packet: type, namespace, comma, ack number, JSON. */
  #message(message: string): void {
    const [, type, space, ack, json = ""] = /^(\d)(?:(\/[^,]*),)?(\d*)(.*)$/s.exec(message) ?? [];
    if ((space ?? "/") !== this.namespace) return;
    if (type === "0") this.handlers.onOpen();
    else if (type === "1" || type === "4") this.retry();
    else if (type === "2") {
      const [name, data] = JSON.parse(json) as [string, unknown];
      this.handlers.onEvent(name, data);
    } else if (type === "3") this.#acks.get(Number(ack))?.((JSON.parse(json) as unknown[])[0]);
  }

  /** A server that says nothing for longer than its own promise is gone, whatever the network claims. */
  #alive(): void {
    this.#heardAt = Date.now();
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.retry(), this.#patience);
  }

  #backOff(): number {
    const longest = Math.min(SLOWEST, 500 * 2 ** this.#failures++);
    return 200 + Math.random() * longest;
  }

  #down(wait: number): void {
    const wire = this.#wire;
    this.#wire = undefined;
    clearTimeout(this.#watchdog);
    wire?.close();
    for (const settle of [...this.#acks.values()]) settle(new Error("The line went down."));
    this.handlers.onDown();
    clearTimeout(this.#redial);
    if (!this.#ended) this.#redial = setTimeout(() => this.connect(), wait);
  }
}
