/** The roles of the house as people call them (docs/glossary.md). */

export const ROLES: Record<string, string> = {
  leader: "领导班子",
  chief_editor: "总编",
  duty_editor: "值班调度",
  section_head: "部门主任",
  editor: "责任编辑",
  reporter: "记者",
  proofreader: "校对",
  layout_editor: "版面编辑",
  tv_director: "编播",
  channel_operator: "渠道运营",
  assessor: "考核专员",
  monitor: "监测员",
  office_clerk: "单位经办人",
  dispatcher: "派单员",
  service_staff: "承办人员",
  supervisor: "督办",
  auditor: "审计",
  admin: "管理员",
};
