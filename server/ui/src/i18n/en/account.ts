// Setting up, signing in, being invited.

export const account = {
  setup: {
    title: "Welcome to Weir",
    lead: "Who owns this installation? This page is shown once.",
    name: "Your name",
    email: "E-mail address",
    password: "Password",
    passwordHint: "At least {{count}} characters. A few words are better than one with signs in it.",
    repeat: "The password again",
    different: "The two passwords differ.",
    button: "Set up",
    code: "Code",
    codeHint: "From the link that `weir serve` printed when it started. On the server's own machine it may be left out.",
    look: "Look around first, without an account",
    lookHint: "Works on the server's own machine. You see the sample and can change nothing.",
    done: "This installation has an owner already.",
    doneHint: "Sign in, or ask the owner for an invitation. Whoever runs the server resets a password by `weir user reset-password`.",
  },
  signIn: {
    title: "Sign in",
    button: "Sign in",
    lost: "A lost password is reset by whoever runs the server: `weir user reset-password`.",
    expired: "Please sign in again",
    expiredHint: "Your session has ended. Nothing that you wrote is lost: sign in, and it goes on where you were.",
    other: "Leave without saving",
  },
  invitation: {
    title: "You are invited",
    lead: "Choose a name and a password, and you are in.",
    button: "Join",
    missing: "This address lacks the code of the invitation. Open the link exactly as it was sent to you.",
  },
};
