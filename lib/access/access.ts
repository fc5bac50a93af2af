/** Decides who may log in. */
export interface Access {
  /**
   * Whether somebody with this token, or with none, may log in under this id. `subject` is whose the login is: the same
   * for two logins of one owner. `refused` is a reason for a person, and never says whether there is such a token.
   */
  check(clientId: string, token: string | undefined): { subject: string } | { refused: string };
  /** Whether one who was let in under this id as this subject would be let in still. */
  isStillValid(subject: string | undefined, clientId: string): boolean;
}
