"""The people who sign in: users, roles, sign-in by a code sent by e-mail."""
