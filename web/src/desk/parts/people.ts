/** Two people: who wrote a thing may not be the one who lets it out. The server demands it; pages say it before. */

import { me } from "../rights";

/** `person` as the API has it: a nobody may be null, or an empty object in its types. */
export function isMine(person: { id?: string } | null | undefined): boolean {
  return Boolean(person?.id && person.id === me.value?.id);
}
