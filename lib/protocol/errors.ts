/**
 * What can go wrong, as a word a program can branch on.
 *
 * | code | what happened |
 * |---|---|
 * | `INVALID_ARGUMENT` | an option or argument is of the wrong kind or out of range |
 * | `INVALID_CONTENT` | the content does not fit its message type; nothing was sent |
 * | `INVALID_FRAME` | a frame from the other side is not a message |
 * | `MESSAGE_TOO_LARGE` | the message is larger than the other side accepts; nothing was sent |
 * | `NOT_SUPPORTED` | this version cannot do that |
 * | `NOT_CONNECTED` | there is no login, or it has ended |
 * | `CONNECTION_REFUSED` | nothing listens at the hub's address |
 * | `CONNECTION_LOST` | the connection ended while an answer was awaited |
 * | `UNREACHABLE` | the hub's address cannot be reached |
 * | `WRONG_PROTOCOL` | something answers at that address, but it is no hub, or does not keep to the protocol |
 * | `LOGIN_REFUSED` | the hub does not let this client in |
 * | `DISMISSED` | the hub has ended the connection for good: another of this id has taken its place, or a limit was passed |
 * | `TIMEOUT` | no answer within the time given |
 * | `ABORTED` | the caller's `AbortSignal` fired |
 * | `UNKNOWN_CLIENT` | the hub does not know the addressee: it has never logged in, or so long ago that it was forgotten |
 * | `MAILBOX_FULL` | the addressee is offline, and its mailbox has no room |
 * | `UNCONFIRMED` | the message may have arrived, or not: nobody who could tell was there any more |
 * | `NOT_STORED` | the addressee is offline, and the hub could not write the message to its disk |
 * | `EXPIRED` | the message was stored, and waited for its addressee for too long |
 * | `REFUSED` | the hub does not pass the message on for another reason, which the error's message has |
 * | `CLIENT_OFFLINE` | the hub knows the addressee, but it is not online |
 * | `CLIENT_TOO_SLOW` | the addressee does not read what was sent before |
 * | `PORT_IN_USE` | another program already listens on that port |
 * | `LISTEN_FAILED` | the hub cannot listen at that address |
 * | `CERTIFICATE_UNUSABLE` | the hub's certificate and key cannot be read, or do not fit each other |
 * | `TOKENS_UNUSABLE` | the tokens file is damaged, or cannot be read or written |
 * | `MAILBOX_UNUSABLE` | the hub cannot open its mailbox |
 * | `STORE_UNUSABLE` | the hub cannot open the folder of its store |
 * | `FILE_NOT_FOUND` | what is to be sent is not there |
 * | `FILE_UNREADABLE` | what is to be sent cannot be read, or is a folder where a file is due, or the other way round |
 * | `FILE_CHANGED` | a file changed while it was sent, or an object while it was received; send or receive it again |
 * | `FILE_DAMAGED` | what arrived here, or at the store, is not what was sent; nothing of it was kept |
 * | `WRITE_FAILED` | what arrived cannot be written: no room on the disk, no permission |
 * | `UNSAFE_KEY` | an object key would lead out of the download directory, or is no path at all |
 * | `LIMIT_EXCEEDED` | a transfer is larger, or has more entries, than the limit that the message names |
 * | `STORAGE_NOT_CONFIGURED` | there is no store to send files through, or its settings are incomplete |
 * | `STORAGE_UNREACHABLE` | the store does not answer, or stopped answering |
 * | `STORAGE_DENIED` | the store does not accept the access key, or does not allow this with it |
 * | `STORAGE_FAILED` | the store refused a request for another reason, which the message has |
 * | `OBJECT_NOT_FOUND` | the store has no object of that key |
 */
export type ErrorCode =
  | "INVALID_ARGUMENT"
  | "INVALID_CONTENT"
  | "INVALID_FRAME"
  | "MESSAGE_TOO_LARGE"
  | "NOT_SUPPORTED"
  | "NOT_CONNECTED"
  | "CONNECTION_REFUSED"
  | "CONNECTION_LOST"
  | "UNREACHABLE"
  | "WRONG_PROTOCOL"
  | "LOGIN_REFUSED"
  | "DISMISSED"
  | "TIMEOUT"
  | "ABORTED"
  | "UNKNOWN_CLIENT"
  | "MAILBOX_FULL"
  | "UNCONFIRMED"
  | "NOT_STORED"
  | "EXPIRED"
  | "REFUSED"
  | "CLIENT_OFFLINE"
  | "CLIENT_TOO_SLOW"
  | "PORT_IN_USE"
  | "LISTEN_FAILED"
  | "CERTIFICATE_UNUSABLE"
  | "TOKENS_UNUSABLE"
  | "MAILBOX_UNUSABLE"
  | "STORE_UNUSABLE"
  | "FILE_NOT_FOUND"
  | "FILE_UNREADABLE"
  | "FILE_CHANGED"
  | "FILE_DAMAGED"
  | "WRITE_FAILED"
  | "UNSAFE_KEY"
  | "LIMIT_EXCEEDED"
  | "STORAGE_NOT_CONFIGURED"
  | "STORAGE_UNREACHABLE"
  | "STORAGE_DENIED"
  | "STORAGE_FAILED"
  | "OBJECT_NOT_FOUND";

/**
 * Every failure of this package. The message says what happened and what to do about it, `code` says it to a
 * program, and `cause` holds the error beneath, if there is one.
 *
 * @example Tell failures apart
 * ```ts
 * import { CrossCommClient, CrossCommError } from "@x/crosscomm/client";
 *
 * await using client = new CrossCommClient({ ip: "127.0.0.1", port: 1 });
 * try {
 *   await client.login();
 * } catch (error) {
 *   if (error instanceof CrossCommError && error.code === "CONNECTION_REFUSED") {
 *     console.log("start the hub first");
 *   }
 * }
 * ```
 */
export class CrossCommError extends Error {
  /** `"CrossCommError"`. */
  override readonly name = "CrossCommError";
  /** What happened, for a program. */
  readonly code: ErrorCode;

  /** Makes an error of one of our codes, with a sentence for a person and the error beneath as `options.cause`. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
