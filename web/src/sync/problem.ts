import type { ProblemBody } from "./types";

/** Why a call came to nothing, for words in the person's own language. */
export type Why = "network" | "timeout" | "server" | "refused";

/** A call that came to nothing. `status` is 0 where there was no answer; `message` is the server's own sentence. */
export class Problem extends Error {
  readonly code: string;
  /** Why something was withdrawn. */
  readonly reason: string;
  readonly errors: readonly { field: string; code?: string; message: string }[];

  constructor(
    readonly status: number,
    readonly body: ProblemBody = {},
    readonly why: Why = status === 0 ? "network" : status >= 500 ? "server" : "refused",
  ) {
    super(body.detail || SENTENCES[why]);
    this.name = "Problem";
    this.code = body.code ?? "";
    this.reason = body.reason ?? "";
    this.errors = body.errors ?? [];
  }

  /** Whether the same call may succeed later without anybody changing it. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** What is wrong with one field, if the server said so. */
  field(name: string): string | undefined {
    return this.errors.find(({ field }) => field === name)?.message;
  }
}

/** For where no translation is at hand; a view says it in the language chosen, by `why`. */
const SENTENCES: Record<Why, string> = {
  network: "现在连不上网络，请稍后再试。",
  timeout: "网络太慢，服务器没有及时回答，请再试一次。",
  server: "服务器暂时出了问题，请稍后再试。",
  refused: "这个操作没有成功。",
};
