/** Names of states and of the fifteen kinds of article 20 of 《政府信息公开条例》, in its order (docs/notices.md). */

export const STATES: Record<string, string> = {
  draft: "草稿",
  submitted: "待审核",
  approved: "待发布",
  published: "已发布",
  superseded: "已被替代",
  expired: "已失效",
  withdrawn: "已撤回",
};

export const CATEGORIES: Record<string, string> = {
  laws: "规范性文件",
  organisation: "机构职能",
  plans: "规划计划",
  statistics: "统计信息",
  approvals: "行政许可",
  penalties: "行政处罚",
  budget: "财政预决算",
  fees: "行政收费",
  procurement: "政府采购",
  projects: "重大项目",
  livelihood: "民生政策",
  emergency: "应急管理",
  inspections: "监督检查",
  recruitment: "公务员招考",
  other: "其他信息",
};

/** How Element Plus colours a state's tag. */
export function toneOf(state: string): "info" | "warning" | "success" | "danger" | "primary" {
  if (state === "submitted" || state === "approved") return "warning";
  if (state === "published") return "success";
  if (state === "withdrawn") return "danger";
  return state === "draft" ? "primary" : "info";
}
