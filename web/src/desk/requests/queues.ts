/** The work lists: each role finds its own first. They are cut from the streams that the person holds. */

import { pressureOf } from "./pressure";
import type { Case } from "./words";

export interface Queue {
  id: string;
  name: string;
  holds: (row: Case, moment: number) => boolean;
  /** For looking things up: the newest first, not the most pressing. */
  isArchive?: boolean;
}

export interface Work {
  dispatches: boolean;
  supervises: boolean;
  /** The offices for which the person handles requests. */
  offices: readonly string[];
}

const OPEN = ["filed", "accepted", "assigned", "in_progress", "replied"];
const MAX_RETURNS = 2;
const isFor = (row: Case, states: readonly string[]): boolean => states.includes(row.state);
const isForSupervisor = (row: Case): boolean => row.state === "accepted" && row.returns >= MAX_RETURNS;
const isLate = (row: Case, moment: number): boolean => pressureOf(row, moment)?.tone === "late";

export function queuesOf({ dispatches, supervises, offices }: Work): Queue[] {
  const isOurs = (row: Case): boolean => Boolean(row.office && offices.includes(row.office.id));
  const queues: Queue[] = [];
  if (dispatches)
    queues.push(
      { id: "dispatch", name: "待派", holds: (row) => isFor(row, ["filed", "accepted"]) && !row.merged && !isForSupervisor(row) },
      { id: "callback", name: "待回访", holds: (row) => row.callback_due },
      { id: "untaken", name: "待签收", holds: (row) => row.state === "assigned" },
    );
  if (offices.length)
    queues.push(
      { id: "todo", name: "我单位待办", holds: (row) => isOurs(row) && isFor(row, ["assigned", "in_progress"]) && !row.waiting && !row.merged },
      { id: "waiting", name: "等市民补充", holds: (row) => isOurs(row) && row.waiting },
      { id: "helping", name: "协办", holds: (row) => !isOurs(row) && row.helpers.some(({ id }) => offices.includes(id)) },
      { id: "replied", name: "已答复", holds: (row) => isOurs(row) && row.state === "replied" },
    );
  if (supervises)
    queues.push(
      { id: "decision", name: "待裁定", holds: isForSupervisor },
      { id: "review", name: "低分核查", holds: (row) => row.review === "open" },
      { id: "supervised", name: "督办中", holds: (row) => row.supervised && isFor(row, OPEN) },
    );
  if (supervises || dispatches) queues.push({ id: "late", name: "超时", holds: (row, moment) => isFor(row, OPEN) && isLate(row, moment) });
  queues.push(
    { id: "open", name: "未办结", holds: (row) => isFor(row, OPEN) },
    { id: "all", name: "全部", holds: () => true, isArchive: true },
  );
  return queues;
}
