/** Who is signed in, for views. */

import { readonly, shallowRef, type Ref } from "vue";

import { browserVault, Session, type SessionEvent, type User } from "../api/session";
import { sync } from "./store";

const session = new Session(browserVault);
const user = shallowRef<User | null>(session.user);

/** The person as of the sign-in; what they have edited since is `useThing("me", me.value.id)`. */
export const me = readonly(user) as Readonly<Ref<User | null>>;

export const sendCode = (phone: string): Promise<string | undefined> => session.sendCode(phone);
export const signIn = (phone: string, code: string): Promise<void> => session.signIn(phone, code);
export const signInStaff: Session["signInStaff"] = (...given) => session.signInStaff(...given);
export const signOut = (): Promise<void> => session.signOut();

/** Told of every sign-in and sign-out, and of `expired`, which a person should be told. Returns the way to stop. */
export function onSession(fn: (event: SessionEvent) => void): () => void {
  return session.subscribe(fn);
}

session.subscribe((event) => {
  user.value = session.user;
  void sync.signedIn(session.user, { expired: event === "expired" });
});
/** Resolves when what the disk has of the person can be read; mounting after it shows no empty page first. */
export const restored = sync.signedIn(session.user);
