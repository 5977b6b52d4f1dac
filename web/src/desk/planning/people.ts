/** Who can be sent, with what each has in hand already: asked anew whenever an assignment changes hands. */

import type { ShallowRef } from "vue";

import { get, type Schemas } from "@/api/client";
import { clock } from "@/app/time";

import type { Option } from "../parts/ask";
import { readAll, usePaged } from "../parts/paged";
import { can } from "../rights";

export type Candidate = Schemas["ReporterCandidate"];

/** Reporters on duty, in the order in which the house would ask them. Empty for who sends nobody. */
export function useCandidates(wanted: () => { kind?: string; topic?: string } = () => ({})): ShallowRef<Candidate[]> {
  const ask = async (): Promise<Candidate[]> => (can("assignment.dispatch") ? askCandidates(wanted()) : []);
  const { rows } = usePaged(async () => ({ items: await ask(), next: null }), { when: () => JSON.stringify(wanted()), kinds: ["assignment"] });
  return rows;
}

export function askCandidates(query: { kind?: string; topic?: string }): Promise<Candidate[]> {
  return get("/kitchen/candidates", { query });
}

export function loadWords({ load, skills, on_duty_until, on_topic }: Candidate): string {
  return [
    load ? `手上 ${load} 项` : "手上没有任务",
    on_topic ? "已在做这个选题" : "",
    skills.join("、"),
    on_duty_until ? `值到 ${clock(new Date(on_duty_until))}` : "",
  ].filter(Boolean).join("，");
}

export function candidateOptions(people: readonly Candidate[]): Option[] {
  return people.map((one) => ({ value: one.id, label: one.name, hint: loadWords(one) }));
}

/** Everybody of the newsroom, for a list of who comes to a meeting. */
export function askColleagues(): Promise<Schemas["Colleague"][]> {
  return readAll((query) => get("/kitchen/people", { query }));
}

/** Equal shares that sum to a hundred; the first has what is left over. */
export function equalShares(ids: readonly string[]): Schemas["ReporterShareForm"][] {
  const each = Math.floor(100 / ids.length);
  return ids.map((id, index) => ({ id, share: index === 0 ? 100 - each * (ids.length - 1) : each }));
}
