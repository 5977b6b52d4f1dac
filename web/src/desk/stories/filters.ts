/** How the list is narrowed: kept while one goes into a story and comes back. */

import { reactive } from "vue";

import { IN_HAND } from "./words";

export const SHELVES: { id: string; name: string; states: readonly string[] | null }[] = [
  { id: "hand", name: "在手", states: IN_HAND },
  { id: "exam", name: "审核中", states: ["in_exam"] },
  { id: "signed", name: "待刊发", states: ["approved", "scheduled"] },
  { id: "live", name: "已刊发", states: ["live"] },
  { id: "off", name: "毙稿、归档、撤稿", states: ["spiked", "archived", "withdrawn"] },
  { id: "all", name: "全部", states: null },
];

export const filters = reactive({ shelf: "hand", mine: false, section: "", words: "" });
