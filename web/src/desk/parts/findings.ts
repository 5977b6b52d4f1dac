/** What the text aids found, as both who writes and who examines are shown it. */

/** One line of a check report (backend/newsroom/examination/aids/findings.py). `span` counts characters of its field or block. */
export interface Finding {
  id: string;
  rule: string;
  level: "block" | "warn" | "info";
  field: string;
  block_id: string | null;
  span: [number, number];
  text: string;
  suggestion: string | null;
  why: string;
  category: string | null;
}
