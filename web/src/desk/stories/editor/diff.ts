/** What is different between two texts, character by character, for people to see at a glance. */

export interface Piece {
  op: "same" | "gone" | "new";
  text: string;
}

/** Texts with less than this in common are two texts: single characters that happen to agree tell nobody anything. */
const LEAST_ALIKE = 0.35;
/** Above this the middle is shown as one exchange: the table of the comparison would be too large. */
const MOST_CELLS = 1_500_000;

export function compare(before: string, after: string): Piece[] {
  const old = [...before];
  const now = [...after];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const pieces: Piece[] = [{ op: "same", text: old.slice(0, head).join("") }];
  middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail), pieces);
  pieces.push({ op: "same", text: tail ? old.slice(-tail).join("") : "" });
  return pieces.filter(({ text }) => text);
}

/** The longest common subsequence, from its table. */
function middle(old: string[], now: string[], pieces: Piece[]): void {
  if (old.length * now.length > MOST_CELLS) {
    pieces.push({ op: "gone", text: old.join("") }, { op: "new", text: now.join("") });
    return;
  }
  const width = now.length + 1;
  const table = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      table[i * width + j] =
        old[i] === now[j] ? table[(i + 1) * width + j + 1]! + 1 : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
  if (table[0]! < LEAST_ALIKE * Math.min(old.length, now.length)) {
    pieces.push({ op: "gone", text: old.join("") }, { op: "new", text: now.join("") });
    return;
  }
  const add = (op: Piece["op"], text: string): void => {
    const last = pieces.at(-1);
    if (last?.op === op) last.text += text;
    else pieces.push({ op, text });
  };
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      add("same", old[i++]!);
      j++;
    } else if (i < old.length && (j === now.length || table[(i + 1) * width + j]! >= table[i * width + j + 1]!)) add("gone", old[i++]!);
    else add("new", now[j++]!);
  }
}
