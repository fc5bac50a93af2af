/** Decides who may log in. */
export interface Access {
  /**
   * Whether a client of this id may log in with this token: whose it is, or why not, in words that do not tell whether
   * the token exists.
   */
  check(clientId: string, token: string | undefined): { subject: string } | { refused: string };
}
