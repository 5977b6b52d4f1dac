/** A desk's list and the one that is open beside it: both are asked for, and again whenever somebody changes one of them. */

import { useRouter } from "vue-router";

import { useLoaded, type Loaded } from "./loaded";
import { usePaged, type Paged } from "./paged";

export interface Listed<T> extends Pick<Paged<T>, "rows" | "failure" | "isBusy" | "hasMore" | "more"> {
  loaded: Loaded<T>;
  /** Go to one of them; to the list where none is named. */
  open(id?: string): void;
  /** What the person has just done to one is there before the line tells of it. */
  taken(next: T): void;
  /** The same of one that was written in a form, which is opened then. */
  saved(next: T): void;
}

/**
 * @param home where the list is: each of them is at its id below
 * @param id which one is open
 * @param options.kinds the kinds under which the streams name them
 * @param options.when the list is asked for anew whenever this changes
 */
export function useListed<T extends { id: string }>(
  home: () => string,
  id: () => string | undefined,
  { list, one, kinds, when }: {
    list: (cursor: string | undefined) => Promise<{ items: T[]; next: string | null }>;
    one: (id: string) => Promise<T>;
    kinds: readonly string[];
    when?: () => unknown;
  },
): Listed<T> {
  const router = useRouter();
  const { again, ...paged } = usePaged<T>(list, { kinds, ...(when ? { when } : {}) });
  const loaded = useLoaded<T>(id, one, kinds);

  function open(next?: string): void {
    void router.push(next ? `${home()}/${next}` : home());
  }

  function taken(next: T): void {
    if (loaded.thing.value?.id === next.id) loaded.thing.value = next;
    void again();
  }

  function saved(next: T): void {
    taken(next);
    open(next.id);
  }

  return { ...paged, loaded, open, taken, saved };
}
