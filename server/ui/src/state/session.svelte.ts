// Who is signed in. A server that has no accounts yet answers to this machine without any.

import { ask, get, onExpired, setCsrf, type Answer } from "../api/client.svelte";
import type { Role, Session, User } from "../api/types";
import { setLanguage } from "../i18n";

const RANK: Record<Role, number> = { viewer: 0, analyst: 1, editor: 2, owner: 3 };

class SessionState {
  known = $state(false);
  user = $state<User | null>(null);
  setupNeeded = $state(false);
  version = $state("");
  /** Whether somebody wants to look around before there is an account. */
  lookingAround = $state(false);
  /** Whether the session ran out while somebody was working: then signing in comes over the page. */
  expired = $state(false);
  #again: ((signedIn: boolean) => void)[] = [];

  constructor() {
    onExpired(() => this.#signInAgain());
  }

  /** Whether the person may do what a role may. Without accounts, reading is all there is. */
  may(role: Role): boolean {
    return this.user ? RANK[this.user.role] >= RANK[role] : role === "viewer" && this.setupNeeded;
  }

  take(session: Session): void {
    setCsrf(session.csrf);
    this.user = session.user;
    this.setupNeeded = session.setup_needed;
    this.version = session.version;
    this.known = true;
    if (session.user) {
      if (session.user.language) setLanguage(session.user.language);
      this.expired = false;
      for (const go of this.#again.splice(0)) go(true);
    }
  }

  async load(): Promise<Answer<Session>> {
    const answer = await get("/session", { quiet: true });
    if (answer.data) this.take(answer.data);
    // A server from before there were accounts.
    if (answer.failure?.status === 404) {
      this.take({ user: null, csrf: null, setup_needed: true, version: "" });
      this.lookingAround = true;
    }
    return answer;
  }

  async signIn(email: string, password: string): Promise<Answer<Session>> {
    const answer = await ask("POST", "/session", { body: { email, password }, quiet: true });
    if (answer.data) this.take(answer.data);
    return answer;
  }

  async signOut(): Promise<void> {
    await ask("DELETE", "/session", { quiet: true });
    this.user = null;
    setCsrf(null);
  }

  async #signInAgain(): Promise<boolean> {
    // The session may be there after all, with another token: another tab signed in again.
    const answer = await get("/session", { quiet: true });
    if (answer.data?.user) {
      this.take(answer.data);
      return true;
    }
    if (!this.user) return false;
    this.expired = true;
    return new Promise((resolve) => this.#again.push(resolve));
  }

  /** Somebody else signs in instead, or nobody: what waits is given up. */
  giveUp(): void {
    this.expired = false;
    this.user = null;
    for (const go of this.#again.splice(0)) go(false);
  }
}

export const session = new SessionState();
